//! ObjectMeta: what every kind has to pass (apimachinery `pkg/api/validation/objectmeta.go`).

use serde_json::Value;

use super::refusal::Refusals;
use super::review::Kind;

pub(super) fn review(_manifest: &Value, _kind: &Kind, _refusals: &mut Refusals<'_>) {}
