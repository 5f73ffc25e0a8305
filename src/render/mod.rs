//! Planned objects to text. The only room that knows minijinja.
//!
//! Templates place values and decide nothing, and that is proven each time: what was printed is read back and must equal
//! the planned object. A formatter of our own prints every value; there is no way around it but the `block` filter for
//! PEM. An object that differs from another one in its texts only is printed by filling in the other's document.

mod document;
mod form;
mod scalar;

use std::borrow::Cow;
use std::sync::OnceLock;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, ValueKind};
use minijinja::{Environment, Error, ErrorKind, Output, State, UndefinedBehavior, Value};
use serde::Serialize;

use crate::diagnostic::Bug;
use crate::text::is_neutral;
use crate::types::every_byte;
pub(crate) use document::Document;
use scalar::{comment, is_printable};
pub(crate) use scalar::{quoted, scalar};

/// Every template, by the kind it prints.
static TEMPLATES: &[(&str, &str)] = &[
    ("metadata", include_str!("../../templates/metadata.yaml.j2")),
    (
        "Namespace",
        include_str!("../../templates/core/namespace.yaml.j2"),
    ),
    (
        "ConfigMap",
        include_str!("../../templates/core/config-map.yaml.j2"),
    ),
    (
        "Issuer",
        include_str!("../../templates/cert-manager/issuer.yaml.j2"),
    ),
    (
        "ClusterIssuer",
        include_str!("../../templates/cert-manager/issuer.yaml.j2"),
    ),
    (
        "Certificate",
        include_str!("../../templates/cert-manager/certificate.yaml.j2"),
    ),
    (
        "Bundle",
        include_str!("../../templates/trust-manager/bundle.yaml.j2"),
    ),
    (
        "ServiceAccount",
        include_str!("../../templates/core/service-account.yaml.j2"),
    ),
    (
        "SecretProviderClass",
        include_str!("../../templates/azure/secret-provider-class.yaml.j2"),
    ),
    (
        "SecretSync",
        include_str!("../../templates/azure/secret-sync.yaml.j2"),
    ),
    (
        "ExternalSecret",
        include_str!("../../templates/external-secrets/external-secret.yaml.j2"),
    ),
    (
        "CertificateRequestPolicy",
        include_str!("../../templates/approver-policy/certificate-request-policy.yaml.j2"),
    ),
    (
        "ClusterRole",
        include_str!("../../templates/rbac/cluster-role.yaml.j2"),
    ),
    (
        "ClusterRoleBinding",
        include_str!("../../templates/rbac/cluster-role-binding.yaml.j2"),
    ),
    (
        "FluxKustomization",
        include_str!("../../templates/flux/kustomization.yaml.j2"),
    ),
    (
        "OCIRepository",
        include_str!("../../templates/flux/oci-repository.yaml.j2"),
    ),
    (
        "HelmRelease",
        include_str!("../../templates/flux/helm-release.yaml.j2"),
    ),
    (
        "Application",
        include_str!("../../templates/argocd/application.yaml.j2"),
    ),
    (
        "ApplicationSet",
        include_str!("../../templates/argocd/application-set.yaml.j2"),
    ),
    (
        "configuration",
        include_str!("../../templates/configuration.yaml.j2"),
    ),
    (
        "Kustomization",
        include_str!("../../templates/kustomize/kustomization.yaml.j2"),
    ),
];

/// What a template sees. Templates depend on these names.
#[derive(Serialize)]
struct Context<'c> {
    /// The object, exactly as it is to arrive.
    object: &'c serde_json::Value,
    /// Comment lines above the object.
    remarks: &'c [String],
}

/// Prints one object as a YAML document.
///
/// # Errors
/// A [`Bug`] if the template fails, or if what it printed is not the object.
pub(crate) fn render(object: serde_json::Value, remarks: &[String]) -> Result<Document, Bug> {
    let text = |key: &str| {
        object
            .get(key)
            .and_then(serde_json::Value::as_str)
            .unwrap_or_default()
    };
    // Flux has a Kustomization too.
    let flux = text("apiVersion").starts_with("kustomize.toolkit.fluxcd.io/");
    let kind = if flux {
        "FluxKustomization".to_owned()
    } else {
        text("kind").to_owned()
    };
    render_as(&kind, object, remarks)
}

/// Prints something by the template of this name.
///
/// # Errors
/// As for [`render`].
pub(crate) fn render_as(
    kind: &str,
    object: serde_json::Value,
    remarks: &[String],
) -> Result<Document, Bug> {
    if let Some(text) = form::fill(kind, &object, remarks) {
        debug_assert_eq!(
            printed(kind, &object, remarks).ok().as_deref(),
            Some(text.as_str())
        );
        return Ok(Document::filled(object, text));
    }
    let text = printed(kind, &object, remarks)?;
    let document =
        Document::new(object, text).map_err(|Bug(why)| Bug(format!("template {kind}: {why}")))?;
    form::keep(kind, document.object(), remarks, document.text());
    Ok(document)
}

/// What the template of this name makes of it.
fn printed(template: &str, object: &serde_json::Value, remarks: &[String]) -> Result<String, Bug> {
    let found = environment()
        .get_template(template)
        .map_err(|e| Bug(format!("no template for {template}: {e}")))?;
    let printed = found.render(Value::from(Serde(Context { object, remarks })));
    printed.map_err(|e| Bug(format!("template {template}: {e:#}")))
}

/// Comment lines, each behind `# `.
pub(crate) fn comments<'l>(lines: impl IntoIterator<Item = &'l str>) -> String {
    let mut text = String::new();
    for line in lines {
        text.push_str("# ");
        text.push_str(&comment(line));
        text.truncate(text.trim_end().len());
        text.push('\n');
    }
    text
}

fn environment() -> &'static Environment<'static> {
    static ENVIRONMENT: OnceLock<Environment<'static>> = OnceLock::new();
    ENVIRONMENT.get_or_init(|| {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        let syntax = SyntaxConfig::builder()
            .trim_blocks(true)
            .lstrip_blocks(true)
            .keep_trailing_newline(true)
            .build();
        environment.set_syntax(syntax.expect("Jinja's own delimiters are valid"));
        environment.set_formatter(print);
        environment.remove_filter("safe");
        environment.add_filter("block", |text: &str, indent: usize| {
            let refused = || {
                Error::new(
                    ErrorKind::InvalidOperation,
                    "only plain lines are printed as a block",
                )
            };
            block(text, indent)
                .map(Value::from_safe_string)
                .ok_or_else(refused)
        });
        environment.add_filter("tree", tree);
        environment.add_filter("comment", |text: &str| {
            Value::from_safe_string(comment(text).into_owned())
        });
        // A site has a few kinds of objects: parsing the templates of all would be a quarter of its time.
        environment.set_loader(|name| {
            Ok(TEMPLATES
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, source)| (*source).to_owned()))
        });
        environment
    })
}

/// Prints a value. Strings plain or quoted; numbers and booleans as JSON does; anything else is a fault of the template.
fn print(out: &mut Output<'_>, _: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    let text = value.as_str().unwrap_or_default();
    let printed = match value.kind() {
        ValueKind::String if value.is_safe() => out.write_str(text),
        ValueKind::String => out.write_str(&scalar(text)),
        ValueKind::Number => out.write_fmt(format_args!("{value}")),
        ValueKind::Bool => out.write_str(if value.is_true() { "true" } else { "false" }),
        kind => {
            return Err(Error::new(
                ErrorKind::InvalidOperation,
                format!("{kind} cannot be printed"),
            ));
        }
    };
    printed.map_err(Error::from)
}

/// A mapping or a list in block style, indented, for parts of an object that have no template of their own: every value passes
/// the same printer as a single one.
fn tree(value: &Value, indent: usize) -> Result<Value, Error> {
    let mut text = String::new();
    branch(value, indent, false, &mut text)?;
    text.pop();
    Ok(Value::from_safe_string(text))
}

/// Writes lines that end in line feeds. The first one has no margin if it stands `behind_dash`.
fn branch(value: &Value, indent: usize, behind_dash: bool, text: &mut String) -> Result<(), Error> {
    let is_mapping = match value.kind() {
        ValueKind::Map => true,
        ValueKind::Seq => false,
        _ => {
            return Err(Error::new(
                ErrorKind::InvalidOperation,
                "only mappings and lists have branches",
            ));
        }
    };
    for (n, item) in value.try_iter()?.enumerate() {
        if n > 0 || !behind_dash {
            text.extend(std::iter::repeat_n(' ', indent));
        }
        if !is_mapping {
            text.push('-');
            if !leaf(&item, text)? {
                text.push(' ');
                branch(&item, indent + 2, true, text)?;
            }
            continue;
        }
        text.push_str(&scalar(item.as_str().unwrap_or_default()));
        text.push(':');
        let value = value.get_item(&item)?;
        if !leaf(&value, text)? {
            text.push('\n');
            let further = if value.kind() == ValueKind::Map { 2 } else { 0 };
            branch(&value, indent + further, false, text)?;
        }
    }
    Ok(())
}

/// Writes what fits on the line of its key or dash, and ends the line; nothing of what needs lines of its own.
fn leaf(value: &Value, text: &mut String) -> Result<bool, Error> {
    let short: Cow<'_, str> = match value.kind() {
        ValueKind::String => scalar(value.as_str().unwrap_or_default()),
        ValueKind::Number => value.to_string().into(),
        ValueKind::Bool => if value.is_true() { "true" } else { "false" }.into(),
        ValueKind::Map if value.len() == Some(0) => "{}".into(),
        ValueKind::Seq if value.len() == Some(0) => "[]".into(),
        ValueKind::Map | ValueKind::Seq => return Ok(false),
        kind => {
            return Err(Error::new(
                ErrorKind::InvalidOperation,
                format!("{kind} cannot be printed"),
            ));
        }
    };
    text.push(' ');
    text.push_str(&short);
    text.push('\n');
    Ok(true)
}

/// A literal block scalar, indented. Only for text that ends in exactly one line feed, whose first line begins with no
/// space and all of whose lines are printable ASCII that no CI agent obeys: PEM, and YAML as text.
fn block(text: &str, indent: usize) -> Option<String> {
    let body = text
        .strip_suffix('\n')
        .filter(|body| !body.is_empty() && !body.starts_with(' '))?;
    let is_plain = |line: &str| {
        !line.trim().is_empty() && !line.ends_with(' ') && every_byte(line.as_bytes(), is_printable)
    };
    if !body.split('\n').all(is_plain) || !is_neutral(body) {
        return None;
    }
    let mut printed = String::with_capacity(1 + text.len() + indent * (text.len() / 32 + 1));
    printed.push('|');
    for line in body.split('\n') {
        printed.push('\n');
        printed.extend(std::iter::repeat_n(' ', indent));
        printed.push_str(line);
    }
    Some(printed)
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
        let document = render(namespace("\": \n#"), &["one\ntwo".to_owned()]).expect("it renders");
        let text = document.text();
        assert!(text.starts_with("# one␊two\n"), "{text}");
        assert!(text.ends_with('\n') && !text.ends_with("\n\n"));
    }

    #[test]
    fn a_field_that_the_template_does_not_place_is_a_bug() {
        let mut object = namespace("x");
        object["spec"] = json!({"finalizers": ["kubernetes"]});
        assert!(render(object, &[]).is_err());
        assert!(render(json!({"kind": "Nonsense"}), &[]).is_err());
        assert!(render(json!({"kind": "Namespace"}), &[]).is_err());
    }

    #[test]
    fn templates_have_no_way_around_the_formatter() {
        for (name, source) in TEMPLATES {
            assert!(
                !source.contains("safe") && !source.contains("autoescape"),
                "{name}"
            );
            assert!(environment().get_template(name).is_ok(), "{name}");
        }
        assert!(environment().render_str("{{ 'x'|safe }}", ()).is_err());
        assert!(environment().render_str("{{ missing }}", ()).is_err());
    }

    #[test]
    fn only_plain_lines_are_a_block() {
        assert!(block("-----BEGIN X-----\nAA==\n-----END X-----\n", 4).is_some());
        for text in ["", "a", "a\n\nb\n", " a\n", "ä\n", "a\r\nb\r\n", "a\n\n"] {
            assert!(block(text, 4).is_none(), "{text:?}");
        }
    }
}
