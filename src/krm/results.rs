//! Findings as results of a function.

use serde_json::{Value, json};

use super::list::Item;
use super::path;
use crate::diagnostic::{Diagnostic, Place, Severity, SourceId};
use crate::report::Shown;
use crate::source::Sources;

/// One result per finding, then one per sentence of `refused`, all about the configuration.
pub(crate) fn results(
    config: &Item,
    sources: &Sources,
    found: &[Diagnostic],
    refused: &[String],
) -> Vec<Value> {
    let metadata = &config.value["metadata"];
    let about = json!({
        "apiVersion": config.value["apiVersion"],
        "kind": config.value["kind"],
        "name": metadata["name"].as_str().unwrap_or_default(),
    });
    let findings = found.iter().map(|finding| {
        let shown = Shown::new(sources, finding);
        let message = format!("[{}] {}: {}", finding.rule.id, shown.message, shown.consequence);
        let mut result = json!({"message": message, "severity": severity(finding.severity), "resourceRef": about});
        let origin = &finding.primary.origin;
        if origin.source != SourceId::default() {
            result["file"] = json!({"path": sources.get(origin.source).name()});
        } else if let Place::Key(pointer) | Place::Value(pointer) = &origin.place {
            let dotted: Vec<_> = pointer.segments().collect();
            result["field"] = json!({"path": dotted.join(".")});
        }
        if let Some(path) = path(&config.value).filter(|_| result.get("file").is_none()) {
            result["file"] = json!({"path": path});
        }
        result["tags"] = json!({"rule": finding.rule.id});
        result
    });
    let refused = refused
        .iter()
        .map(|sentence| json!({"message": sentence, "severity": "error", "resourceRef": about}));
    findings.chain(refused).collect()
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "info",
    }
}
