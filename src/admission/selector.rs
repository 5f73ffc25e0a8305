//! Label selectors (apimachinery `pkg/apis/meta/v1/validation/validation.go` ValidateLabelSelector).

use super::field::Field;
use super::metadata;
use super::names;
use super::refusal::Refusals;
use crate::source::shown;

pub(super) fn review(selector: &Field<'_>, refusals: &mut Refusals<'_>) {
    metadata::labels(&selector.get("matchLabels"), refusals);
    for requirement in selector.get("matchExpressions").items() {
        let (key, operator, values) = (
            requirement.get("key"),
            requirement.get("operator"),
            requirement.get("values"),
        );
        let count = values.items().count();
        match operator.text() {
            "In" | "NotIn" if count == 0 => {
                refusals.at(&values.at, "must be specified when operator is In or NotIn");
            }
            "Exists" | "DoesNotExist" if count > 0 => {
                refusals.at(
                    &values.at,
                    "may not be specified when operator is Exists or DoesNotExist",
                );
            }
            "In" | "NotIn" | "Exists" | "DoesNotExist" => {}
            other => {
                let reason = format!(
                    "{}: must be In, NotIn, Exists or DoesNotExist",
                    shown(other)
                );
                refusals.at(&operator.at, reason);
            }
        }
        if let Some(reason) = names::qualified_name(key.text()) {
            refusals.at(&key.at, format!("{}: {reason}", shown(key.text())));
        }
        for value in values.items() {
            if let Some(reason) = names::label_value(value.text()) {
                refusals.at(&value.at, format!("{}: {reason}", shown(value.text())));
            }
        }
    }
}
