//! The user's own custom resource definitions, as `kubectl get crd -o yaml` prints them: structural schemas closed against
//! unknown fields, nulls pruned and defaults applied as apiextensions-apiserver does, CEL rules evaluated by the cel crate.
//!
//! A definition and a manifest may both come from somebody who wants to keep the program busy. Each step takes time and
//! memory by the size of what it reads, or has a budget; what a budget ends is said.

mod defaults;
mod judge;
mod meter;
mod patterns;
mod rules;
mod schema;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::refusal::{Layer, Refusal, Refusals};
use super::structure;
use crate::json_pointer::Pointer;
use defaults::apply_defaults;
use judge::judge;
use patterns::Patterns;
use rules::{Rules, Run};
use schema::Schema;

/// More bytes than an API server takes in one request (3 MiB).
const MAX_BYTES: usize = 3 * 1024 * 1024;

/// Definitions of one cluster, by `apiVersion` and kind.
#[derive(Default)]
pub(crate) struct Crds {
    definitions: BTreeMap<(String, String), Definition>,
    patterns: Patterns,
    run: Run,
}

struct Definition {
    source: Value,
    schema: Schema,
    rules: Option<Rules>,
}

/// What the definitions say of one manifest.
pub(crate) struct CrdReview {
    pub(crate) refusals: Vec<Refusal>,
    /// Rules that could not be evaluated, each with the reason.
    pub(crate) not_evaluated: BTreeSet<String>,
}

impl Crds {
    /// Takes every served version of a CustomResourceDefinition; other objects are left alone.
    ///
    /// # Errors
    /// Why a definition cannot be used.
    pub(crate) fn add(&mut self, manifest: &Value) -> Result<(), String> {
        if manifest["kind"] != "CustomResourceDefinition" {
            return Ok(());
        }
        let text = |pointer: &str| {
            manifest
                .pointer(pointer)
                .and_then(Value::as_str)
                .unwrap_or_default()
        };
        let (group, kind) = (text("/spec/group"), text("/spec/names/kind"));
        let mut size = Size(0);
        if serde_json::to_writer(&mut size, manifest).is_err() {
            return Err(format!(
                "the definition of {kind} ({group}) is larger than the 3 MiB that an API server takes"
            ));
        }
        for version in manifest["spec"]["versions"]
            .as_array()
            .into_iter()
            .flatten()
        {
            let source = &version["schema"]["openAPIV3Schema"];
            if version["served"] == false || !source.is_object() {
                continue;
            }
            let api_version = format!("{group}/{}", version["name"].as_str().unwrap_or_default());
            let schema = Schema::compile(source, &mut self.patterns).map_err(|error| {
                format!("the schema of {api_version} {kind} cannot be used: {error}")
            })?;
            let definition = Definition {
                source: source.clone(),
                schema,
                rules: Rules::of(source),
            };
            self.definitions
                .insert((api_version, kind.to_owned()), definition);
        }
        Ok(())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.definitions.is_empty()
    }

    /// Everything the definition of the manifest's kind refuses; none if there is no definition.
    pub(crate) fn review(&self, manifest: &Value) -> Option<CrdReview> {
        let text = |key: &str| manifest[key].as_str().unwrap_or_default().to_owned();
        let definition = self.definitions.get(&(text("apiVersion"), text("kind")))?;
        let mut value = manifest.clone();
        structure::prune_nulls(&mut value, &definition.source);
        let mut review = CrdReview {
            refusals: Vec::new(),
            not_evaluated: BTreeSet::new(),
        };
        let mut refusals = Refusals {
            layer: Layer::Schema,
            found: &mut review.refusals,
        };
        if apply_defaults(&mut value, &definition.source).is_none() {
            let reason =
                "with the defaults of its definition it is larger than the 1.5 MiB that are stored";
            refusals.at(Pointer::root(), reason);
            return Some(review);
        }
        judge(&value, &definition.schema, &mut refusals);
        // The API server evaluates rules only on what its schema lets through.
        if let (Some(rules), true) = (&definition.rules, review.refusals.is_empty()) {
            rules.evaluate(&value, &self.run, &mut review);
        }
        Some(review)
    }
}

/// Counts bytes, and fails when there are too many.
struct Size(usize);

impl std::io::Write for Size {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 += bytes.len();
        if self.0 > MAX_BYTES {
            return Err(std::io::ErrorKind::FileTooLarge.into());
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn crds(spec: Value) -> Crds {
        let schema = json!({"type": "object", "properties": {"apiVersion": {"type": "string"}, "kind": {"type": "string"},
                            "metadata": {"type": "object"}, "spec": spec}});
        let crd = json!({"kind": "CustomResourceDefinition", "spec": {"group": "example.com", "names": {"kind": "Thing"},
                         "versions": [{"name": "v1", "served": true, "schema": {"openAPIV3Schema": schema}}]}});
        let mut crds = Crds::default();
        crds.add(&crd).expect("the test definition is sound");
        crds
    }

    fn refused(crds: &Crds, spec: Value) -> Vec<(String, Layer)> {
        let manifest = json!({"apiVersion": "example.com/v1", "kind": "Thing", "metadata": {"name": "a"}, "spec": spec});
        let review = crds.review(&manifest).expect("a known kind");
        review
            .refusals
            .iter()
            .map(|r| (r.pointer.as_str().to_owned(), r.layer))
            .collect()
    }

    #[test]
    fn unknown_fields_are_refused_and_preserved_ones_are_not() {
        let crds = crds(json!({"type": "object", "properties": {
            "a": {"type": "string"},
            "open": {"type": "object", "properties": {"b": {"type": "string"}}, "x-kubernetes-preserve-unknown-fields": true},
            "map": {"type": "object", "additionalProperties": {"type": "integer"}}}}));
        assert!(refused(&crds, json!({"a": "x", "open": {"z": 1}, "map": {"k": 1}})).is_empty());
        assert_eq!(
            refused(&crds, json!({"b": "x"})),
            [("/spec/b".to_owned(), Layer::Schema)]
        );
        assert_eq!(
            refused(&crds, json!({"map": {"k": "x"}})),
            [("/spec/map/k".to_owned(), Layer::Schema)]
        );
    }

    #[test]
    fn nulls_go_and_defaults_come_before_rules() {
        let crds = crds(json!({"type": "object",
            "properties": {"mode": {"type": "string", "default": "on"}, "gone": {"type": "string"}, "kept": {"type": "string", "nullable": true}},
            "x-kubernetes-validations": [{"rule": "self.mode == 'on' && !has(self.gone)", "message": "no"}]}));
        assert!(refused(&crds, json!({"gone": null, "kept": null})).is_empty());
        assert_eq!(
            refused(&crds, json!({"mode": "off"})),
            [("/spec".to_owned(), Layer::Cel)]
        );
    }

    #[test]
    fn integers_or_strings_and_exclusive_bounds() {
        let crds = crds(json!({"type": "object", "properties": {
            "port": {"x-kubernetes-int-or-string": true, "anyOf": [{"type": "integer"}, {"type": "string"}]},
            "n": {"type": "integer", "minimum": 1, "exclusiveMinimum": true}}}));
        assert!(refused(&crds, json!({"port": 80, "n": 2})).is_empty());
        assert!(refused(&crds, json!({"port": "http"})).is_empty());
        assert_eq!(refused(&crds, json!({"port": true})).len(), 1);
        assert_eq!(refused(&crds, json!({"n": 1})).len(), 1);
    }

    #[test]
    fn rules_that_cannot_be_evaluated_are_named() {
        let crds = crds(
            json!({"type": "object", "properties": {"a": {"type": "string"}}, "x-kubernetes-validations": [
            {"rule": "self.a == oldSelf.a"}, {"rule": "isURL(self.a)"}, {"rule": "self.a +"}]}),
        );
        let manifest = json!({"apiVersion": "example.com/v1", "kind": "Thing", "spec": {"a": "x"}});
        assert_eq!(
            crds.review(&manifest).expect("known").not_evaluated.len(),
            3
        );
    }

    /// The one reason why a rule of a definition is not evaluated on a value.
    fn why_not(rules: &[&str], spec: Value) -> String {
        let rules: Vec<Value> = rules.iter().map(|rule| json!({"rule": rule})).collect();
        let crds = crds(
            json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true,
            "x-kubernetes-validations": rules}),
        );
        let manifest = json!({"apiVersion": "example.com/v1", "kind": "Thing", "spec": spec});
        let not_evaluated = crds.review(&manifest).expect("known").not_evaluated;
        not_evaluated.into_iter().collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn a_rule_without_end_is_ended() {
        let list: Vec<u32> = (0..200).collect();
        let text = "x".repeat(2_000);
        let spec = json!({"a": list, "s": text});
        let doubled = "[self.s]".to_owned() + &".map(x, x + x)".repeat(40) + ".size() > 0";
        let listed = "[self.a]".to_owned() + &".map(x, [x, x])".repeat(40) + ".size() > 0";
        for rule in [
            "self.a.all(x, self.a.all(y, self.a.all(z, self.a.all(w, x + y + z + w >= 0))))",
            "!self.a.exists(x, self.a.exists(y, self.a.exists(z, self.a.exists(w, x + y + z + w < 0))))",
            "self.a.all(x, self.a.all(y, self.a.all(z, 1 / 0 > x)))",
            "self.a.map(x, self.a.map(y, self.a.map(z, self.a))).size() > 0",
            "self.a.filter(x, self.a.filter(y, self.a.filter(z, true).size() > 0).size() > 0).size() > 0",
            "self.a.exists_one(x, self.a.exists_one(y, self.a.exists_one(z, true)))",
            "self.a.all(x, self.a.all(y, size(self.s) > 0 && self.s.size() > 0))",
            "self.a.all(x, self.a.all(y, self.s.contains('y') || self.s == self.s))",
            "self.a.all(x, self.a.all(y, self == self))",
            "self.a.all(x, self.a.all(y, x in self.a && y in self.a))",
            "self.a.all(x, self.a.all(y, self.a.all(z, self.a[1.5] > 0)))",
            "self.a.all(x, self.a.all(y, !self.s.matches('(a{50}){50}' + string(x + y))))",
            "self.a.all(x, self.a.all(y, !self.s.matches('(x+x+)+y')))",
            "self.a.all(x, self.a.all(y, (self.a + self.a).size() > 0))",
            &doubled,
            &listed,
        ] {
            let why = why_not(&[rule], spec.clone());
            assert!(
                why.contains("costs more than the 1000000 units"),
                "{rule}: {why}"
            );
        }
    }

    #[test]
    fn rules_that_are_cheap_keep_their_meaning() {
        let spec = json!({"a": (0..50).collect::<Vec<u32>>(), "m": {"k": "v"}, "s": "a.b",
                          "l": [{"name": "x", "n": 1}, {"name": "y", "n": 2}]});
        for rule in [
            "self.a.all(x, self.a.exists(y, x == y))",
            "self.a.exists_one(x, x == 7)",
            "self.a.map(x, x * 2)[3] == 6",
            "self.a.filter(x, x > 47) == [48, 49]",
            "self.a.map(x, x > 47, x + 1) == [49, 50]",
            "size(self.a) == 50 && self.s.size() == 3 && size(self.m) == 1",
            "self.s.matches('^[a-z][.][a-z]$') && matches(self.s, 'b$')",
            "!self.s.contains('c') && self.s.startsWith('a') && self.s.endsWith('b')",
            "self.m['k'] == 'v' && 'k' in self.m && !('z' in self.m)",
            "has(self.m.k) && !has(self.m.z) ? true : false",
            "self.l.all(x, self.l.exists_one(y, x.name == y.name))",
            "self.l[0].n + self.l[1].n == 3 && -self.l[0].n == -1",
            "['a', 'b'] + ['c'] == ['a', 'b', 'c'] && {'a': 1}.a == 1",
            "self.a.all(x, x == 1) || true",
            "int('3') == 3 && string(3) == '3' && type(self.s) == string",
            "optional.of(1).hasValue()",
            "self.s != 'a  b' // two spaces\n && 'a  b'.size() == 4",
        ] {
            assert_eq!(why_not(&[rule], spec.clone()), "", "{rule}");
            let negated = format!("!({})", rule.replace("// two spaces\n", ""));
            let crds = crds(
                json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true,
                "x-kubernetes-validations": [{"rule": rule}, {"rule": negated}]}),
            );
            assert_eq!(refused(&crds, spec.clone()).len(), 1, "{rule}");
        }
    }

    #[test]
    fn many_rules_have_one_budget_and_stop_where_it_ends() {
        let rule = |n: usize| format!("self.a.all(x, self.a.all(y, x + y >= -{n}))");
        let rules: Vec<String> = (0..100).map(rule).collect();
        let rules: Vec<&str> = rules.iter().map(String::as_str).collect();
        let why = why_not(&rules, json!({"a": (0..150).collect::<Vec<u32>>()}));
        assert!(why.contains("more than the 10000000 units"), "{why}");
        assert!(!why.contains(';'), "one is named, where it stops: {why}");
    }

    #[test]
    fn rules_of_any_shape_come_to_an_end() {
        let deep = 10_000;
        for rule in [
            format!("{}true{}", "(".repeat(deep), ")".repeat(deep)),
            "(".repeat(deep),
            "[".repeat(deep),
            format!("1 == {}", vec!["1"; deep].join("+")),
            format!("self{} == 1", ".a".repeat(deep)),
            format!("self{} == 1", "[0]".repeat(deep)),
            format!("{}true", "!".repeat(deep)),
            format!("{}true", "true ? false : ".repeat(deep)),
            format!("self{}", ".map(x, x)".repeat(900)),
            vec!["1"; 1_900].join("<"),
            "'".to_owned(),
            "a b ".repeat(100),
            String::new(),
            "\u{0}\u{202e}".to_owned(),
        ] {
            let start: String = rule.chars().take(20).collect();
            assert!(!why_not(&[&rule], json!({"a": 1})).is_empty(), "{start}");
        }
    }

    #[test]
    fn long_lists_and_enumerations_are_no_trouble() {
        let words: Vec<String> = (0..100_000).map(|n| format!("w{n}")).collect();
        let crds = crds(json!({"type": "object", "properties": {
            "one": {"type": "string", "enum": words},
            "each": {"type": "array", "items": {"type": "string", "enum": words}},
            "set": {"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "string"}},
            "map": {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["k"],
                    "items": {"type": "object", "properties": {"k": {"type": "string"}, "v": {"type": "integer"}}}}}}));
        let maps: Vec<Value> = (0..100_000)
            .map(|n| json!({"k": format!("k{n}"), "v": 1}))
            .collect();
        assert!(
            refused(
                &crds,
                json!({"one": "w99999", "each": words, "set": words, "map": maps})
            )
            .is_empty()
        );
        assert_eq!(
            refused(&crds, json!({"one": "x", "set": ["a", "b", "a"]})).len(),
            2
        );
        assert_eq!(
            refused(
                &crds,
                json!({"map": [{"k": "a", "v": 1}, {"k": "a", "v": 2}]})
            )
            .len(),
            1
        );
        let wrong: Vec<u32> = (0..100_000).collect();
        let said = refused(&crds, json!({"each": wrong})).len();
        assert!((2..1_000).contains(&said), "{said} of 100000 are said");
    }

    #[test]
    fn defaults_that_fill_the_memory_are_refused() {
        let big: Vec<u32> = (0..1_000).collect();
        let crds = crds(
            json!({"type": "object", "properties": {"a": {"type": "array", "items": {
            "type": "object", "properties": {"d": {"default": big, "type": "array", "items": {"type": "integer"}}}}}}}),
        );
        let items = |n: usize| json!({"a": vec![json!({}); n]});
        assert!(refused(&crds, items(100)).is_empty());
        assert_eq!(
            refused(&crds, items(100_000)),
            [(String::new(), Layer::Schema)]
        );
    }

    #[test]
    fn alternatives_hold_as_the_schemas_in_them_do() {
        let crds = crds(
            json!({"type": "object", "properties": {"a": {"type": "integer"}, "b": {"type": "string"}, "c": {"type": "integer"}},
            "oneOf": [{"required": ["a"]}, {"required": ["b"]}],
            "anyOf": [{"properties": {"c": {"maximum": 5}}}, {"properties": {"c": {"minimum": 10}}}],
            "not": {"required": ["a", "c"]},
            "allOf": [{"properties": {"b": {"pattern": "^x", "maxLength": 3}}}]}),
        );
        assert!(refused(&crds, json!({"a": 1})).is_empty());
        assert!(refused(&crds, json!({"b": "x", "c": 12})).is_empty());
        assert_eq!(refused(&crds, json!({"a": 1, "b": "x"})).len(), 1);
        assert_eq!(refused(&crds, json!({"b": "x", "c": 7})).len(), 1);
        assert_eq!(refused(&crds, json!({"a": 1, "c": 1})).len(), 1);
        assert_eq!(refused(&crds, json!({"b": "yyyy"})).len(), 2);
    }

    #[test]
    fn numbers_have_the_range_of_their_format() {
        let crds = crds(json!({"type": "object", "properties": {
            "i": {"type": "integer", "format": "int32"}, "l": {"type": "integer"}, "f": {"type": "number", "format": "float"}}}));
        assert!(
            refused(
                &crds,
                json!({"i": 2147483647, "l": 9223372036854775807_i64, "f": 3e38})
            )
            .is_empty()
        );
        for spec in [
            json!({"i": 2147483648_i64}),
            json!({"l": 9223372036854775808_u64}),
            json!({"l": 1e30}),
            json!({"f": 1e39}),
        ] {
            assert_eq!(refused(&crds, spec.clone()).len(), 1, "{spec}");
        }
    }

    #[test]
    fn definitions_that_no_cluster_holds_are_refused() {
        let why = |spec: Value| {
            let crd = json!({"kind": "CustomResourceDefinition", "spec": {"group": "example.com", "names": {"kind": "Thing"},
                "versions": [{"name": "v1", "schema": {"openAPIV3Schema": {"properties": {"spec": spec}}}}]}});
            Crds::default().add(&crd).expect_err("it is unusable")
        };
        assert!(why(json!({"$ref": "#/a"})).contains("`$ref`"));
        assert!(why(json!({"allOf": [{"$ref": "#"}]})).contains("`$ref`"));
        assert!(why(json!({"pattern": "(?=a)"})).contains("is no regular expression"));
        assert!(why(json!({"pattern": "((a{1000}){1000}){1000}"})).contains("more than 4 MiB"));
        let patterns: Vec<Value> = (0..200)
            .map(|n| json!({"pattern": format!("\\p{{L}}{{40}}{n}")}))
            .collect();
        assert!(why(json!({"allOf": patterns})).contains("128 MiB"));
        assert!(why(json!({"type": "text"})).contains("no type"));
        assert!(why(json!({"multipleOf": 0})).contains("multipleOf"));
        assert!(why(json!({"description": "x".repeat(4 * 1024 * 1024)})).contains("3 MiB"));
    }

    #[test]
    fn definitions_that_are_not_served_do_not_count() {
        assert!(
            Crds::default()
                .review(&json!({"apiVersion": "example.com/v1", "kind": "Thing"}))
                .is_none()
        );
        assert!(Crds::default().is_empty());
    }
}
