//! ClusterBundle: in trust-manager's repository since 0.20, but neither in its chart nor registered in its binary (0.24).

use serde_json::Value;

use super::refusal::{Layer, Refusals};
use crate::json_pointer::Pointer;

/// Refuses any: where the cluster's own definitions know the kind, they are asked instead of this.
pub(super) fn review(_: &Value, refusals: &mut Refusals<'_>) {
    let reason = "no matches for kind ClusterBundle: trust-manager does not serve it yet; write a Bundle (trust.cert-manager.io/v1alpha1)";
    refusals
        .layer(Layer::Schema)
        .at(Pointer::root().key("kind"), reason);
}
