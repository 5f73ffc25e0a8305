//! Where each value of a configuration was written, when it was written in several files; and how two files become one.
//!
//! Mappings merge key by key. Lists all of whose items have a `name` merge by it: the base's items keep their places, new
//! ones follow. Any other list, an empty one, and any single value replace the base's. A null removes what the base says.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::faults::place;
use crate::diagnostic::{Diagnostic, Origin, Place, RuleInfo, Severity};
use crate::json_pointer::Pointer;

pub(crate) static EXTENDS_TYPE_CLASH: RuleInfo = RuleInfo {
    id: "extends-type-clash",
    severity: Severity::Error,
    summary: "a value has another shape than in the file that is extended",
    why: "a mapping, a list and a single value cannot be merged, and nobody could tell which was meant",
    fix: "write the same shape in both files, or remove the base's value with null and use another key",
};

/// The file and place of a value, and of the values in it if they come from elsewhere.
#[derive(Clone, Debug)]
pub(crate) struct Written {
    origin: Origin,
    parts: Parts,
}

#[derive(Clone, Debug)]
enum Parts {
    /// Everything in it is from the same file, at the places below its own.
    Whole,
    Keys(BTreeMap<String, Written>),
    Items(Vec<Written>),
}

impl Written {
    /// A value all of which stands at `origin`.
    pub(crate) fn whole(origin: Origin) -> Self {
        Self {
            origin,
            parts: Parts::Whole,
        }
    }

    /// The same mapping with a value under `key` that was written elsewhere.
    pub(crate) fn with(mut self, key: &str, written: Self) -> Self {
        match &mut self.parts {
            Parts::Keys(keys) => drop(keys.insert(key.to_owned(), written)),
            _ => self.parts = Parts::Keys(BTreeMap::from([(key.to_owned(), written)])),
        }
        self
    }

    /// A value that was written at `origin`, below keys that need not be written anywhere.
    pub(crate) fn insert(&mut self, keys: &[&str], origin: Origin) {
        let Some((first, rest)) = keys.split_first() else {
            *self = Self::whole(origin);
            return;
        };
        if let Parts::Keys(keys) = &mut self.parts
            && let Some(part) = keys.get_mut(*first)
        {
            return part.insert(rest, origin);
        }
        let mut part = self.part(first);
        part.insert(rest, origin);
        let own = Self::whole(self.origin.clone());
        *self = std::mem::replace(self, own).with(first, part);
    }

    /// The value under `key`.
    pub(crate) fn part(&self, key: &str) -> Self {
        self.step(key)
    }

    /// Where the value of `pointer` was written; if it was not, where it would have to be.
    pub(crate) fn origin(&self, pointer: &Pointer) -> Origin {
        let mut here = self;
        let mut segments = pointer.segments();
        while let Some(segment) = segments.next() {
            let Some(part) = here.written(&segment) else {
                let below = segments.fold(here.below(&segment), |place, segment| match place {
                    Place::Value(pointer) => Place::Value(pointer.key(&segment)),
                    other => other,
                });
                return Origin {
                    source: here.origin.source,
                    place: below,
                };
            };
            here = part;
        }
        here.origin.clone()
    }

    /// Points a finding about the merged configuration into the files it was merged from.
    pub(crate) fn settle(&self, diagnostic: &mut Diagnostic) {
        if matches!(self.parts, Parts::Whole)
            && matches!(&self.origin.place, Place::Value(at) if at.as_str().is_empty())
        {
            return;
        }
        let own = self.origin.source;
        // What other files say is theirs to change: others extend them too.
        diagnostic.fix = diagnostic
            .fix
            .take()
            .filter(|fix| fix.edits.iter().all(|edit| self.is_own(&edit.at)));
        for edit in diagnostic.fix.iter_mut().flat_map(|fix| &mut fix.edits) {
            if let Place::Value(pointer) = self.origin(&edit.at).place {
                edit.at = pointer;
            }
        }
        let labels = std::iter::once(&mut diagnostic.primary).chain(&mut diagnostic.secondary);
        for origin in labels
            .map(|label| &mut label.origin)
            .filter(|origin| origin.source == own)
        {
            match &origin.place {
                Place::Value(pointer) => *origin = self.origin(pointer),
                Place::Key(pointer) => {
                    let found = self.origin(pointer);
                    let place = match found.place {
                        Place::Value(pointer) => Place::Key(pointer),
                        other => other,
                    };
                    *origin = Origin {
                        source: found.source,
                        place,
                    };
                }
                Place::File | Place::Bytes(_) => {}
            }
        }
    }

    /// Whether the value of `pointer` is a value of the file itself.
    fn is_own(&self, pointer: &Pointer) -> bool {
        let origin = self.origin(pointer);
        origin.source == self.origin.source && matches!(origin.place, Place::Value(_))
    }

    /// The part of this key or index, if it has a place of its own.
    fn written(&self, segment: &str) -> Option<&Self> {
        match &self.parts {
            Parts::Whole => None,
            Parts::Keys(keys) => keys.get(segment),
            Parts::Items(items) => segment.parse::<usize>().ok().and_then(|n| items.get(n)),
        }
    }

    /// The place of what has none of its own.
    fn below(&self, segment: &str) -> Place {
        match &self.origin.place {
            Place::Value(pointer) => Place::Value(pointer.key(segment)),
            other => other.clone(),
        }
    }

    fn step(&self, segment: &str) -> Self {
        let part = self.written(segment).cloned();
        part.unwrap_or_else(|| {
            Self::whole(Origin {
                source: self.origin.source,
                place: self.below(segment),
            })
        })
    }
}

/// A value, and where it was written.
pub(crate) type Located = (Value, Written);

/// Lays `top` over `base`. `at` is where both stand.
pub(crate) fn merge(
    base: Located,
    top: Located,
    at: &Pointer,
    clashes: &mut Vec<Diagnostic>,
) -> Located {
    match (base, top) {
        ((Value::Object(base), _), top @ (Value::Object(_), _)) if base.is_empty() => top,
        ((Value::Object(base), base_at), (Value::Object(top), top_at)) => {
            merge_keys((base, base_at), (top, top_at), at, clashes)
        }
        ((Value::Array(base), base_at), (Value::Array(top), top_at))
            if are_named(&base) && are_named(&top) =>
        {
            merge_items((base, base_at), (top, top_at), at, clashes)
        }
        ((base, base_at), (top, top_at)) => {
            if shape(&base) != shape(&top) && !base.is_null() {
                let message = format!(
                    "{} is {} here, and {} in the file that is extended",
                    place(at),
                    shape(&top),
                    shape(&base)
                );
                let fault = EXTENDS_TYPE_CLASH
                    .at(top_at.origin.clone(), message)
                    .label(shape(&top));
                clashes.push(fault.also(base_at.origin, format!("{} here", shape(&base))));
            }
            (top, top_at)
        }
    }
}

fn merge_keys(
    (base, base_at): (Map<String, Value>, Written),
    (mut top, top_at): (Map<String, Value>, Written),
    at: &Pointer,
    clashes: &mut Vec<Diagnostic>,
) -> Located {
    let mut merged = Map::with_capacity(base.len() + top.len());
    let mut written = BTreeMap::new();
    for (key, value) in base {
        let from = base_at.step(&key);
        let (value, from) = match top.shift_remove(&key) {
            None => (value, from),
            Some(Value::Null) => continue,
            Some(own) => merge(
                (value, from),
                (own, top_at.step(&key)),
                &at.key(&key),
                clashes,
            ),
        };
        written.insert(key.clone(), from);
        merged.insert(key, value);
    }
    for (key, value) in top {
        // What has no place of its own is below that of the mapping, which is the top's.
        if let Some(from) = top_at.written(&key) {
            written.insert(key.clone(), from.clone());
        }
        merged.insert(key, value);
    }
    (
        Value::Object(merged),
        Written {
            origin: top_at.origin,
            parts: Parts::Keys(written),
        },
    )
}

fn merge_items(
    (base, base_at): (Vec<Value>, Written),
    (top, top_at): (Vec<Value>, Written),
    at: &Pointer,
    clashes: &mut Vec<Diagnostic>,
) -> Located {
    let mut items: Vec<Located> = base
        .into_iter()
        .enumerate()
        .map(|(n, item)| (item, base_at.step(&n.to_string())))
        .collect();
    for (n, item) in top.into_iter().enumerate() {
        let from = top_at.step(&n.to_string());
        match items
            .iter_mut()
            .enumerate()
            .find(|(_, (known, _))| known["name"] == item["name"])
        {
            Some((at_base, known)) => {
                let base = std::mem::replace(known, (Value::Null, from.clone()));
                *known = merge(base, (item, from), &at.index(at_base), clashes);
            }
            None => items.push((item, from)),
        }
    }
    let (items, written): (Vec<Value>, Vec<Written>) = items.into_iter().unzip();
    (
        Value::Array(items),
        Written {
            origin: top_at.origin,
            parts: Parts::Items(written),
        },
    )
}

/// Whether each item, and at least one, is known by a name.
fn are_named(items: &[Value]) -> bool {
    !items.is_empty() && items.iter().all(|item| item["name"].is_string())
}

fn shape(value: &Value) -> &'static str {
    match value {
        Value::Object(_) => "a mapping",
        Value::Array(_) => "a list",
        _ => "a single value",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::SourceId;
    use serde_json::json;

    const BASE: SourceId = SourceId(1);
    const TOP: SourceId = SourceId(0);

    fn merged(base: Value, top: Value) -> (Value, Written, Vec<&'static str>) {
        let root = |source| Written::whole(Origin::value(source, Pointer::root()));
        let mut clashes = Vec::new();
        let (value, written) = merge(
            (base, root(BASE)),
            (top, root(TOP)),
            &Pointer::root(),
            &mut clashes,
        );
        (
            value,
            written,
            clashes.iter().map(|clash| clash.rule.id).collect(),
        )
    }

    fn from(written: &Written, pointer: &str) -> (SourceId, String) {
        let origin = written.origin(&Pointer::parse(pointer));
        let Place::Value(pointer) = origin.place else {
            panic!("a value")
        };
        (origin.source, pointer.as_str().to_owned())
    }

    #[test]
    fn mappings_merge_and_every_value_knows_its_file() {
        let base = json!({"issuer": {"name": "a", "kind": "Issuer"}, "bundle": {"key": "x"}});
        let (value, written, clashes) =
            merged(base, json!({"issuer": {"name": "b"}, "broker": {}}));
        assert_eq!(
            value,
            json!({"issuer": {"name": "b", "kind": "Issuer"}, "bundle": {"key": "x"}, "broker": {}})
        );
        assert!(clashes.is_empty());
        assert_eq!(
            from(&written, "/issuer/name"),
            (TOP, "/issuer/name".to_owned())
        );
        assert_eq!(
            from(&written, "/issuer/kind"),
            (BASE, "/issuer/kind".to_owned())
        );
        assert_eq!(
            from(&written, "/bundle/key"),
            (BASE, "/bundle/key".to_owned())
        );
        assert_eq!(
            from(&written, "/bundle/name"),
            (BASE, "/bundle/name".to_owned())
        );
        assert_eq!(
            from(&written, "/issuer/missing"),
            (TOP, "/issuer/missing".to_owned())
        );
    }

    #[test]
    fn named_lists_merge_by_name_and_places_follow() {
        let base = json!([{"name": "old", "file": "old.pem"}, {"name": "new", "file": "new.pem"}]);
        let (value, written, _) = merged(
            base,
            json!([{"name": "own", "file": "own.pem"}, {"name": "new", "pin": 1}]),
        );
        let expected = json!([
            {"name": "old", "file": "old.pem"}, {"name": "new", "file": "new.pem", "pin": 1}, {"name": "own", "file": "own.pem"}
        ]);
        assert_eq!(value, expected);
        assert_eq!(from(&written, "/0/file"), (BASE, "/0/file".to_owned()));
        assert_eq!(from(&written, "/1/file"), (BASE, "/1/file".to_owned()));
        assert_eq!(from(&written, "/1/pin"), (TOP, "/1/pin".to_owned()));
        assert_eq!(from(&written, "/2/file"), (TOP, "/0/file".to_owned()));
    }

    #[test]
    fn other_lists_and_empty_ones_replace() {
        for (base, top) in [
            (json!([{"dns": "a"}]), json!([{"dns": "b"}])),
            (json!([{"name": "a"}]), json!([])),
            (json!([]), json!([{"name": "a"}])),
            (json!([{"name": "a"}, {"dns": "b"}]), json!([{"name": "a"}])),
            (json!(1), json!("x")),
        ] {
            let (value, written, clashes) = merged(base, top.clone());
            assert_eq!((value, clashes), (top, vec![]));
            assert_eq!(from(&written, "/0").0, TOP);
        }
    }

    #[test]
    fn null_removes_what_the_base_says_and_nothing_else() {
        let (value, ..) = merged(
            json!({"a": {"x": 1}, "b": 2}),
            json!({"a": null, "c": null}),
        );
        assert_eq!(value, json!({"b": 2, "c": null}));
    }

    #[test]
    fn shapes_that_differ_clash_with_both_places() {
        let shapes = [json!({"a": 1}), json!([1]), json!(1)];
        for (n, base) in shapes.iter().enumerate() {
            for (m, top) in shapes.iter().enumerate() {
                let (.., clashes) = merged(json!({"x": base}), json!({"x": top}));
                assert_eq!(clashes.len(), usize::from(n != m), "{base} under {top}");
            }
        }
    }

    #[test]
    fn findings_move_into_the_file_of_their_value() {
        let (_, written, _) = merged(json!({"a": {"x": 1}}), json!({"a": {"y": 1}}));
        let at = |pointer: &str| Origin::key(TOP, Pointer::parse(pointer));
        let mut finding = EXTENDS_TYPE_CLASH
            .at(at("/a/x"), "x")
            .also(at("/a/y"), "")
            .also(Origin::file(TOP), "");
        written.settle(&mut finding);
        assert_eq!(
            finding.primary.origin,
            Origin::key(BASE, Pointer::parse("/a/x"))
        );
        assert_eq!(finding.secondary[0].origin, at("/a/y"));
        assert_eq!(finding.secondary[1].origin, Origin::file(TOP));
    }
}
