//! Planned objects to text. The only room that knows minijinja.
//!
//! Templates place values and decide nothing, and that is proven each time: what was printed is read back and must equal
//! the planned object. A formatter of our own prints every value; there is no way around it but the `block` filter for
//! PEM.

mod scalar;

use std::sync::OnceLock;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, ValueKind};
use minijinja::{Environment, Error, ErrorKind, Output, State, UndefinedBehavior, Value};
use serde::Serialize;

use crate::diagnostic::Bug;
use scalar::comment;
pub(crate) use scalar::{quoted, scalar};

/// Every template, by the kind it prints.
static TEMPLATES: &[(&str, &str)] = &[
    ("metadata", include_str!("../../templates/metadata.yaml.j2")),
    ("Namespace", include_str!("../../templates/core/namespace.yaml.j2")),
    ("ConfigMap", include_str!("../../templates/core/config-map.yaml.j2")),
    ("Issuer", include_str!("../../templates/cert-manager/issuer.yaml.j2")),
    ("ClusterIssuer", include_str!("../../templates/cert-manager/issuer.yaml.j2")),
    ("Certificate", include_str!("../../templates/cert-manager/certificate.yaml.j2")),
    ("Bundle", include_str!("../../templates/trust-manager/bundle.yaml.j2")),
    ("ServiceAccount", include_str!("../../templates/core/service-account.yaml.j2")),
    ("SecretProviderClass", include_str!("../../templates/azure/secret-provider-class.yaml.j2")),
    ("SecretSync", include_str!("../../templates/azure/secret-sync.yaml.j2")),
    ("ExternalSecret", include_str!("../../templates/external-secrets/external-secret.yaml.j2")),
    ("CertificateRequestPolicy", include_str!("../../templates/approver-policy/certificate-request-policy.yaml.j2")),
    ("ClusterRole", include_str!("../../templates/rbac/cluster-role.yaml.j2")),
    ("ClusterRoleBinding", include_str!("../../templates/rbac/cluster-role-binding.yaml.j2")),
    ("FluxKustomization", include_str!("../../templates/flux/kustomization.yaml.j2")),
    ("OCIRepository", include_str!("../../templates/flux/oci-repository.yaml.j2")),
    ("HelmRelease", include_str!("../../templates/flux/helm-release.yaml.j2")),
    ("Application", include_str!("../../templates/argocd/application.yaml.j2")),
    ("ApplicationSet", include_str!("../../templates/argocd/application-set.yaml.j2")),
    ("configuration", include_str!("../../templates/configuration.yaml.j2")),
    ("Kustomization", include_str!("../../templates/kustomize/kustomization.yaml.j2")),
];

/// What a template sees. Templates depend on these names.
#[derive(Serialize)]
struct Context<'c> {
    /// The object, exactly as it is to arrive.
    object: &'c serde_json::Value,
    /// Comment lines above the object.
    remarks: &'c [String],
}

/// Prints one object as a YAML document that ends in a line feed.
///
/// # Errors
/// A [`Bug`] if the template fails, or if what it printed is not the object.
pub(crate) fn render(object: &serde_json::Value, remarks: &[String]) -> Result<String, Bug> {
    let text = |key: &str| object.get(key).and_then(serde_json::Value::as_str).unwrap_or_default();
    // Flux has a Kustomization too.
    let flux = text("apiVersion").starts_with("kustomize.toolkit.fluxcd.io/");
    render_as(if flux { "FluxKustomization" } else { text("kind") }, object, remarks)
}

/// Prints something by the template of this name.
///
/// # Errors
/// As for [`render`].
pub(crate) fn render_as(kind: &str, object: &serde_json::Value, remarks: &[String]) -> Result<String, Bug> {
    let template = environment().get_template(kind).map_err(|e| Bug(format!("no template for {kind}: {e}")))?;
    let text = template
        .render(Value::from(Serde(Context { object, remarks })))
        .map_err(|e| Bug(format!("template {kind}: {e:#}")))?;
    let read: serde_json::Value =
        serde_yaml::from_str(&text).map_err(|e| Bug(format!("template {kind} printed no YAML: {e}")))?;
    if read != *object {
        return Err(Bug(format!("template {kind} did not print the planned object")));
    }
    Ok(text)
}

/// Comment lines, each behind `# `.
pub(crate) fn comments<'l>(lines: impl IntoIterator<Item = &'l str>) -> String {
    lines.into_iter().map(|line| format!("# {}", comment(line)).trim_end().to_owned() + "\n").collect()
}

fn environment() -> &'static Environment<'static> {
    static ENVIRONMENT: OnceLock<Environment<'static>> = OnceLock::new();
    ENVIRONMENT.get_or_init(|| {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true).build();
        environment.set_syntax(syntax.expect("Jinja's own delimiters are valid"));
        environment.set_formatter(print);
        environment.remove_filter("safe");
        environment.add_filter("block", block);
        environment.add_filter("tree", tree);
        environment.add_filter("comment", |text: &str| Value::from_safe_string(comment(text)));
        for (name, source) in TEMPLATES {
            environment.add_template(name, source).expect("templates are constants; a test prints each");
        }
        environment
    })
}

/// Prints a value. Strings plain or quoted; numbers and booleans as JSON does; anything else is a fault of the template.
fn print(out: &mut Output<'_>, _: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    let text = match value.kind() {
        ValueKind::String if value.is_safe() => value.to_string(),
        ValueKind::String => scalar(value.as_str().unwrap_or_default()),
        ValueKind::Number => value.to_string(),
        ValueKind::Bool => if value.is_true() { "true" } else { "false" }.to_owned(),
        kind => return Err(Error::new(ErrorKind::InvalidOperation, format!("{kind} cannot be printed"))),
    };
    out.write_str(&text).map_err(Error::from)
}

/// A mapping or a list in block style, indented, for parts of an object whose fields are somebody else's: every value passes the
/// same printer as a single one.
fn tree(value: &Value, indent: usize) -> Result<Value, Error> {
    let value = serde_json::to_value(value)
        .map_err(|e| Error::new(ErrorKind::InvalidOperation, format!("a value that is no JSON: {e}")))?;
    let mut lines = Vec::new();
    branch(&value, indent, &mut lines)?;
    Ok(Value::from_safe_string(lines.join("\n")))
}

fn branch(value: &serde_json::Value, indent: usize, lines: &mut Vec<String>) -> Result<(), Error> {
    use serde_json::Value as Json;
    let margin = " ".repeat(indent);
    match value {
        Json::Object(map) => {
            for (key, value) in map {
                let key = scalar(key);
                match leaf(value)? {
                    Some(text) => lines.push(format!("{margin}{key}: {text}")),
                    None => {
                        lines.push(format!("{margin}{key}:"));
                        branch(value, indent + if value.is_array() { 0 } else { 2 }, lines)?;
                    }
                }
            }
        }
        Json::Array(items) => {
            for item in items {
                if let Some(text) = leaf(item)? {
                    lines.push(format!("{margin}- {text}"));
                    continue;
                }
                let first = lines.len();
                branch(item, indent + 2, lines)?;
                // The item's first line stands behind the dash.
                lines[first].replace_range(indent..=indent + 1, "- ");
            }
        }
        _ => return Err(Error::new(ErrorKind::InvalidOperation, "only mappings and lists have branches")),
    }
    Ok(())
}

/// What fits on the line of its key; none for what needs lines of its own.
fn leaf(value: &serde_json::Value) -> Result<Option<String>, Error> {
    use serde_json::Value as Json;
    Ok(Some(match value {
        Json::String(text) => scalar(text),
        Json::Number(number) => number.to_string(),
        Json::Bool(flag) => flag.to_string(),
        Json::Object(map) if map.is_empty() => "{}".to_owned(),
        Json::Array(items) if items.is_empty() => "[]".to_owned(),
        Json::Null => return Err(Error::new(ErrorKind::InvalidOperation, "null cannot be printed")),
        Json::Object(_) | Json::Array(_) => return Ok(None),
    }))
}

/// A literal block scalar, indented. Only for text that ends in exactly one line feed, whose first line begins with no
/// space and all of whose lines are printable ASCII: PEM, and YAML as text.
fn block(text: &str, indent: usize) -> Result<Value, Error> {
    let body = text.strip_suffix('\n').unwrap_or_default();
    let plain = body.split('\n').all(|line| {
        !line.trim().is_empty() && !line.ends_with(' ') && line.bytes().all(|b| b.is_ascii_graphic() || b == b' ')
    });
    if body.is_empty() || body.starts_with(' ') || !plain {
        return Err(Error::new(ErrorKind::InvalidOperation, "only plain lines are printed as a block"));
    }
    let margin = " ".repeat(indent);
    let lines: Vec<String> = body.lines().map(|line| format!("{margin}{line}")).collect();
    Ok(Value::from_safe_string(format!("|\n{}", lines.join("\n"))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn namespace(annotation: &str) -> serde_json::Value {
        json!({"apiVersion": "v1", "kind": "Namespace",
               "metadata": {"name": "a", "labels": {"yes": "1"}, "annotations": {"example.com/note": annotation}}})
    }

    #[test]
    fn an_object_comes_out_as_it_went_in() {
        let text = render(&namespace("\": \n#"), &["one\ntwo".to_owned()]).expect("it renders");
        assert!(text.starts_with("# one\u{fffd}two\n"), "{text}");
        assert!(text.ends_with('\n') && !text.ends_with("\n\n"));
    }

    #[test]
    fn a_field_that_the_template_does_not_place_is_a_bug() {
        let mut object = namespace("x");
        object["spec"] = json!({"finalizers": ["kubernetes"]});
        assert!(render(&object, &[]).is_err());
        assert!(render(&json!({"kind": "Nonsense"}), &[]).is_err());
        assert!(render(&json!({"kind": "Namespace"}), &[]).is_err());
    }

    #[test]
    fn templates_have_no_way_around_the_formatter() {
        for (name, source) in TEMPLATES {
            assert!(!source.contains("safe") && !source.contains("autoescape"), "{name}");
        }
        assert!(environment().render_str("{{ 'x'|safe }}", ()).is_err());
        assert!(environment().render_str("{{ missing }}", ()).is_err());
    }

    #[test]
    fn only_plain_lines_are_a_block() {
        assert!(block("-----BEGIN X-----\nAA==\n-----END X-----\n", 4).is_ok());
        for text in ["", "a", "a\n\nb\n", " a\n", "ä\n", "a\r\nb\r\n", "a\n\n"] {
            assert!(block(text, 4).is_err(), "{text:?}");
        }
    }
}
