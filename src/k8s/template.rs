//! Files that become manifests only when somebody fills them in: Helm, Jinja, variables of Flux and envsubst.

use serde_json::Value;

use super::Object;
use crate::source::Source;

/// What a file or an object must go through before it is a manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Template {
    Helm,
    Jinja,
    /// `{{ }}` of nobody in particular.
    Braces,
    Variables,
}

impl Template {
    /// What people call it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Helm => "a Helm template",
            Self::Jinja => "a Jinja template",
            Self::Braces => "a template with `{{ }}` (Helm, Jinja, Go)",
            Self::Variables => "text with `${ }` variables (Flux postBuild, envsubst)",
        }
    }

    /// What to type to have it judged.
    pub(crate) fn help(self) -> &'static str {
        match self {
            Self::Helm => "render it first: helm template RELEASE CHART | trustc check -",
            Self::Jinja => "render it first, and pipe the result: ... | trustc check -",
            Self::Braces => {
                "render it first, and pipe the result: helm template RELEASE CHART | trustc check -, or whatever fills it in"
            }
            Self::Variables => {
                "fill it in first: flux build kustomization NAME --path DIR | trustc check -, or envsubst < FILE | trustc check -"
            }
        }
    }
}

/// What a text that is no YAML may be. YAML may hold any of these marks in its strings, so only what cannot be read is asked.
pub(crate) fn of_text(source: &Source) -> Option<Template> {
    let text = source.text()?;
    let holds = |open: &str, close: &str| {
        text.split_once(open)
            .is_some_and(|(_, rest)| rest.contains(close))
    };
    if holds("{%", "%}") || holds("{#", "#}") {
        return Some(Template::Jinja);
    }
    if holds("{{", "}}") {
        const HELM: &[&str] = &[
            ".Values",
            ".Release",
            ".Chart",
            ".Capabilities",
            "include ",
            "toYaml",
            "{{-",
            "{{/*",
            "$.",
        ];
        let helm = HELM.iter().any(|mark| text.contains(mark));
        return Some(if helm {
            Template::Helm
        } else {
            Template::Braces
        });
    }
    holds("${", "}").then_some(Template::Variables)
}

/// Fields whose values are names or the like, which no braces can be part of. Any other text may hold what it likes.
const NAMES: &[&str] = &[
    "apiVersion",
    "kind",
    "name",
    "namespace",
    "secretName",
    "key",
    "dnsNames",
    "duration",
    "renewBefore",
    "server",
    "labels",
    "matchLabels",
    "values",
];

/// What an object that can be read still waits for.
pub(crate) fn of_object(object: &Object) -> Option<Template> {
    of_value(&object.value, false)
}

fn of_value(value: &Value, is_name: bool) -> Option<Template> {
    match value {
        Value::String(text) => of_scalar(text).filter(|_| is_name),
        Value::Array(items) => items
            .iter()
            .filter_map(|item| of_value(item, is_name))
            .min(),
        Value::Object(map) => {
            let below = |key: &str| NAMES.contains(&key) || is_name;
            map.iter()
                .filter_map(|(key, value)| of_value(value, below(key)))
                .min()
        }
        _ => None,
    }
}

fn of_scalar(text: &str) -> Option<Template> {
    let holds = |open: &str, close: &str| {
        text.split_once(open)
            .is_some_and(|(_, rest)| rest.contains(close))
    };
    if holds("{{", "}}") {
        let helm = [".Values", ".Release", ".Chart"]
            .iter()
            .any(|mark| text.contains(mark));
        return Some(if helm {
            Template::Helm
        } else {
            Template::Braces
        });
    }
    holds("${", "}").then_some(Template::Variables)
}
