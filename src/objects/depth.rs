//! Order by dependency, computed from what the objects say of each other and not from a table of kinds.

use std::collections::BTreeMap;

use super::{Object, Resource};
use crate::diagnostic::Bug;

/// Sorts objects so that each stands after everything it requires, and notes how deep each stands.
pub(super) fn order(mut objects: Vec<Object>) -> Result<Vec<Object>, Bug> {
    let provided = objects.iter().enumerate();
    let provided = provided.flat_map(|(n, object)| {
        object
            .provides
            .iter()
            .chain([&object.id])
            .map(move |id| (id, n))
    });
    let providers: BTreeMap<&Resource, usize> = provided.collect();
    let needs: Vec<Vec<usize>> = objects
        .iter()
        .map(|object| {
            object
                .requires
                .iter()
                .filter_map(|resource| providers.get(resource).copied())
                .collect()
        })
        .collect();
    // Each round settles at least one more level, so a chain of n objects is settled after n rounds.
    for round in 0..=objects.len() {
        let mut changed = false;
        for (index, needs) in needs.iter().enumerate() {
            let depth = needs
                .iter()
                .map(|need| objects[*need].depth + 1)
                .max()
                .unwrap_or(0);
            changed |= objects[index].depth != depth;
            objects[index].depth = depth;
        }
        if !changed {
            break;
        }
        if round == objects.len() {
            return Err(Bug(
                "the planned objects depend on each other in a circle".to_owned()
            ));
        }
    }
    objects.sort_by(|a, b| (a.depth, a.step, &a.id).cmp(&(b.depth, b.step, &b.id)));
    Ok(objects)
}

#[cfg(test)]
mod tests {
    use super::super::Step;
    use super::*;

    fn object(name: &str, requires: &[&str]) -> Object {
        let resource = |name: &str| Resource::cluster("Thing", name);
        Object {
            manifest: serde_json::Value::Null,
            id: resource(name),
            step: Step::Issuers,
            remarks: Vec::new(),
            labels: serde_json::Map::new(),
            guarded: false,
            provides: Vec::new(),
            requires: requires.iter().map(|name| resource(name)).collect(),
            depth: 0,
        }
    }

    #[test]
    fn a_chain_is_ordered_whatever_the_input_order() {
        let ordered = order(vec![
            object("c", &["b"]),
            object("a", &["elsewhere"]),
            object("b", &["a"]),
        ]);
        let names: Vec<_> = ordered
            .expect("no circle")
            .into_iter()
            .map(|o| (o.id.name, o.depth))
            .collect();
        assert_eq!(
            names,
            [
                ("a".to_owned(), 0),
                ("b".to_owned(), 1),
                ("c".to_owned(), 2)
            ]
        );
    }

    #[test]
    fn a_circle_is_a_bug_and_no_endless_loop() {
        assert!(order(vec![object("a", &["b"]), object("b", &["a"])]).is_err());
    }
}
