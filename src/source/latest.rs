//! What was found out lately, within bounds: the sites of a fleet share a few things, and each has some of its own.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};

// Each site asks a dozen times, and keys are long; there are never so many that one could choose them to collide.
use foldhash::fast::RandomState;

/// Values by key, of `MAX` together at most, in whatever they are measured. When they get more, all of them go: what is
/// shared is soon found again.
#[derive(Debug)]
pub(crate) struct Latest<K, V, const MAX: usize>(Mutex<Known<K, V>>);

#[derive(Debug)]
struct Known<K, V> {
    size: usize,
    values: HashMap<K, V, RandomState>,
}

impl<K, V, const MAX: usize> Default for Latest<K, V, MAX> {
    fn default() -> Self {
        Self(Mutex::new(Known {
            size: 0,
            values: HashMap::default(),
        }))
    }
}

impl<K: Eq + Hash, V: Clone, const MAX: usize> Latest<K, V, MAX> {
    pub(crate) fn get<Q: Eq + Hash + ?Sized>(&self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        self.lock().values.get(key).cloned()
    }

    /// Keeps a value of this size, if that is not too much by itself.
    pub(crate) fn keep(&self, key: K, value: V, size: usize) {
        let mut known = self.lock();
        if known.size + size > MAX {
            *known = Known {
                size: 0,
                values: HashMap::default(),
            };
        }
        // Two threads may have found it out at once.
        if size <= MAX && known.values.insert(key, value).is_none() {
            known.size += size;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Known<K, V>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_are_kept_within_the_bound() {
        let latest = Latest::<usize, usize, 100>::default();
        for n in 0..10_000 {
            latest.keep(n, 2 * n, 1 + n % 7);
            assert_eq!(latest.get(&n), Some(2 * n));
            let known = latest.lock();
            let size: usize = known.values.values().map(|value| 1 + value / 2 % 7).sum();
            assert!(known.size == size && size <= 100, "{size}");
        }
        latest.keep(1, 1, 101);
        assert_eq!(latest.get(&1), None, "it is too large");
        (0..2).for_each(|_| latest.keep(1, 1, 60));
        assert_eq!((latest.get(&1), latest.lock().size), (Some(1), 60));
    }
}
