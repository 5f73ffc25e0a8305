//! Printed documents as forms. Ten thousand sites need the same few documents with other names in them: the first one is
//! printed by its template and proven, and the others fill it in.
//!
//! That is right because templates place values and decide nothing: which lines there are depends on the shape of an
//! object, on its keys, the lengths of its lists and its types. An object of the same shape differs in its texts
//! only, and each of them is printed by the printer that templates have. Debug builds print everything both ways.

use std::ops::Range;
use std::sync::{PoisonError, RwLock};

use serde_json::Value;

use super::block;
use super::document::traced;
use super::scalar::{comment, scalar};

/// Keys whose texts templates compare with others. They belong to the shape.
const COMPARED: [&str; 1] = ["rotationPolicy"];
/// How many shapes of a kind are kept, and how long a document may be that is. What is beyond that is printed.
const SHAPES: usize = 8;
const LENGTH: usize = 64 * 1024;

/// What was printed in this process, each beside the name of its template.
static FORMS: RwLock<Vec<(String, Form)>> = RwLock::new(Vec::new());

/// A document without its remarks, and where the texts of its object stand.
struct Form {
    object: Value,
    body: String,
    /// In the order of the object.
    blanks: Vec<Blank>,
}

/// Where a text stands in a document, as it is written.
#[derive(Clone, Debug)]
pub(super) struct Blank {
    pub(super) at: Range<usize>,
    /// The indentation of its lines if it is a literal block.
    pub(super) block: Option<usize>,
}

/// The text of an object by a form that fits it.
pub(super) fn fill(template: &str, object: &Value, remarks: &[String]) -> Option<String> {
    let forms = FORMS.read().unwrap_or_else(PoisonError::into_inner);
    let mut shapes = forms
        .iter()
        .filter(|(name, _)| name == template)
        .map(|(_, form)| form);
    shapes.find_map(|form| form.fill(object, remarks))
}

/// Keeps a document that was printed and proven.
pub(super) fn keep(template: &str, object: &Value, remarks: &[String], text: &str) {
    let is_full = |forms: &[(String, Form)]| {
        forms.iter().filter(|(name, _)| name == template).count() >= SHAPES
    };
    if text.len() > LENGTH || is_full(&FORMS.read().unwrap_or_else(PoisonError::into_inner)) {
        return;
    }
    let Some(form) = Form::of(object, remarks, text) else {
        return;
    };
    let mut forms = FORMS.write().unwrap_or_else(PoisonError::into_inner);
    // Other threads may have kept theirs by now.
    if !is_full(&forms) {
        forms.push((template.to_owned(), form));
    }
}

impl Form {
    /// None of a document that is not of the plainest YAML.
    fn of(object: &Value, remarks: &[String], text: &str) -> Option<Self> {
        let body = text.strip_prefix(heading(remarks).as_str())?;
        let traces = traced(body, object)?;
        let mut texts = Vec::new();
        texts_of(object, &mut texts);
        let blank = |text: &Value| {
            let (_, blank) = traces
                .iter()
                .find(|(traced, _)| std::ptr::eq(*traced, text))?;
            Some(blank.clone())
        };
        let blanks = texts.into_iter().map(blank).collect::<Option<_>>()?;
        Some(Self {
            object: object.clone(),
            body: body.to_owned(),
            blanks,
        })
    }

    fn fill(&self, object: &Value, remarks: &[String]) -> Option<String> {
        let mut filled = Vec::new();
        differences(
            &self.object,
            object,
            "",
            &mut self.blanks.iter(),
            &mut filled,
        )?;
        filled.sort_unstable_by_key(|(blank, _)| blank.at.start);
        let mut text = heading(remarks);
        text.reserve(self.body.len() + filled.iter().map(|(_, value)| value.len()).sum::<usize>());
        let mut from = 0;
        for (Blank { at, block: indent }, value) in filled {
            text.push_str(&self.body[from..at.start]);
            match indent {
                None => text.push_str(&scalar(value)),
                Some(indent) => text.push_str(&block(value, *indent)?),
            }
            from = at.end;
        }
        text.push_str(&self.body[from..]);
        Some(text)
    }
}

/// The lines above an object, as every template begins with them.
fn heading(remarks: &[String]) -> String {
    let mut text = String::with_capacity(remarks.iter().map(|remark| remark.len() + 3).sum());
    for remark in remarks {
        text.push_str("# ");
        text.push_str(&comment(remark));
        text.push('\n');
    }
    text
}

fn texts_of<'v>(value: &'v Value, texts: &mut Vec<&'v Value>) {
    match value {
        Value::String(_) => texts.push(value),
        Value::Array(items) => items.iter().for_each(|item| texts_of(item, texts)),
        Value::Object(map) => map.values().for_each(|value| texts_of(value, texts)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The texts that are others in `new`, each with its blank. None if it has another shape.
fn differences<'f, 'o>(
    old: &Value,
    new: &'o Value,
    key: &str,
    blanks: &mut std::slice::Iter<'f, Blank>,
    found: &mut Vec<(&'f Blank, &'o str)>,
) -> Option<()> {
    match (old, new) {
        (Value::String(old), Value::String(new)) => {
            let blank = blanks.next()?;
            if old != new {
                found.push((blank, (!COMPARED.contains(&key)).then_some(new)?));
            }
            Some(())
        }
        (Value::Array(old), Value::Array(new)) if old.len() == new.len() => old
            .iter()
            .zip(new)
            .try_for_each(|(old, new)| differences(old, new, key, blanks, found)),
        (Value::Object(old), Value::Object(new)) if old.len() == new.len() => {
            let mut entries = old.iter().zip(new);
            entries.try_for_each(|((key, old), (other, new))| {
                (key == other).then_some(())?;
                differences(old, new, key, blanks, found)
            })
        }
        (old, new) => (old == new).then_some(()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{TEMPLATES, printed};
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn filled(of: &Value, with: &Value) -> Option<String> {
        let text = printed("configuration", of, &[]).expect("it is printed");
        Form::of(of, &[], &text)
            .expect("it is plain")
            .fill(with, &[])
    }

    #[test]
    fn what_templates_decide_by_belongs_to_the_shape() {
        let mut judged = 0;
        for (name, source) in TEMPLATES {
            let statements = source
                .split("{%")
                .skip(1)
                .filter_map(|rest| rest.split("%}").next());
            let conditions = statements.filter_map(|statement| statement.split_once("if "));
            let parts = conditions.flat_map(|(_, condition)| condition.trim().split(" and "));
            for part in parts.filter(|part| !part.is_empty()) {
                let is_shape = ["is defined", "is mapping"]
                    .iter()
                    .any(|test| part.ends_with(test));
                let is_compared = COMPARED
                    .iter()
                    .any(|key| part.contains(&format!(".{key} == ")));
                assert!(is_shape || is_compared, "{name}: {part}");
                judged += 1;
            }
        }
        assert!(judged > 5);
        let object = |policy: &str| json!({"rotationPolicy": policy});
        assert_eq!(filled(&object("Never"), &object("Always")), None);
        assert!(filled(&object("Never"), &object("Never")).is_some());
    }

    #[test]
    fn another_shape_is_not_filled_in() {
        let object = json!({"a": "x", "b": ["y", "z"], "n": 1, "e": {}});
        for other in [
            json!({"a": "x", "b": ["y"], "n": 1, "e": {}}),
            json!({"a": "x", "b": ["y", "z"], "n": 2, "e": {}}),
            json!({"a": 1, "b": ["y", "z"], "n": 1, "e": {}}),
            json!({"a": "x", "b": ["y", {}], "n": 1, "e": {}}),
            json!({"a": "x", "b": ["y", "z"], "n": 1}),
            json!({"a": "x", "b": ["y", "z"], "n": 1, "e": []}),
            json!({"b": ["y", "z"], "a": "x", "n": 1, "e": {}}),
            json!({"a": "x", "b": ["y", "z"], "n": 1, "f": {}}),
        ] {
            assert_eq!(filled(&object, &other), None, "{other}");
        }
    }

    #[test]
    fn a_block_is_filled_in_with_lines_and_with_nothing_else() {
        let object = |pem: &str| {
            let metadata = json!({"name": "a", "labels": {"l": "1"}, "annotations": {"k": "v"}});
            json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"ca.crt": pem, "k": "x\n"}})
        };
        let (one, other) = (
            object("-----\nAA==\n"),
            object("-----\nBBBB\nCC==\n-----\n"),
        );
        let form = Form::of(
            &one,
            &[],
            &printed("ConfigMap", &one, &[]).expect("it is printed"),
        )
        .expect("it is plain");
        assert_eq!(
            form.fill(&other, &[]),
            printed("ConfigMap", &other, &[]).ok()
        );
        assert_eq!(form.fill(&object("no line"), &[]), None);
    }

    /// Two objects of one shape.
    fn objects() -> impl Strategy<Value = (Value, Value)> {
        let text = "[a-zA-Z0-9 :#|\"\u{e4}\n.-]{0,8}";
        prop::collection::vec((text, text), 1..9).prop_map(|texts| {
            let object = |texts: Vec<String>| {
                let list: Vec<Value> = texts
                    .iter()
                    .map(|text| json!({"x": text, "deep": {"y": text}}))
                    .collect();
                json!({"list": list, "items": texts, "flag": true, "n": 7})
            };
            let (one, other) = texts.into_iter().unzip();
            (object(one), object(other))
        })
    }

    proptest! {
        #[test]
        fn a_form_is_filled_in_as_the_template_would_print(
            (one, other) in objects(), remarks in prop::array::uniform2("[a-z \n]{0,4}"),
        ) {
            let [said, says] = remarks.map(|remark| [remark]);
            let text = printed("configuration", &one, &said).expect("it is printed");
            let plain = one.to_string().is_ascii();
            let form = Form::of(&one, &said, &text);
            prop_assert_eq!(form.is_some(), plain);
            if let Some(form) = form {
                prop_assert_eq!(form.fill(&other, &says), printed("configuration", &other, &says).ok());
            }
        }
    }
}
