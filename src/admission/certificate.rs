//! What cert-manager's webhook refuses in a Certificate (`internal/apis/certmanager/validation/certificate.go`).

use serde_json::Value;

use super::Refusal;
use crate::values::Lifetime;

const MAX_COMMON_NAME: usize = 64;

pub(super) fn judge(manifest: &Value) -> Vec<Refusal> {
    let spec = &manifest["spec"];
    let mut refusals = Vec::new();
    // The schema counts characters, the webhook bytes.
    if spec["commonName"].as_str().unwrap_or_default().len() > MAX_COMMON_NAME {
        refusals.push(Refusal::new("spec.commonName", "must have at most 64 bytes"));
    }
    let lifetime = |key: &str| spec[key].as_str().and_then(|text| Lifetime::parse(text).ok());
    if let (Some(duration), Some(renew_before)) = (lifetime("duration"), lifetime("renewBefore")) {
        if duration < Lifetime::hours(1) {
            refusals.push(Refusal::new("spec.duration", "must be at least 1h"));
        }
        if renew_before < Lifetime::minutes(5) {
            refusals.push(Refusal::new("spec.renewBefore", "must be at least 5m"));
        }
        if renew_before >= duration {
            refusals.push(Refusal::new("spec.renewBefore", "must be less than spec.duration"));
        }
    }
    refusals
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn fields(common_name: &str, duration: &str, renew_before: &str) -> Vec<String> {
        let spec = json!({"commonName": common_name, "duration": duration, "renewBefore": renew_before});
        judge(&json!({"spec": spec})).into_iter().map(|refusal| refusal.field).collect()
    }

    #[test]
    fn both_sides_of_every_bound() {
        assert!(fields(&"a".repeat(64), "1h0m0s", "5m0s").is_empty());
        assert_eq!(fields(&"ä".repeat(33), "1h0m0s", "5m0s"), ["spec.commonName"]);
        assert_eq!(fields("a", "59m59s", "5m0s"), ["spec.duration"]);
        assert_eq!(fields("a", "1h0m0s", "4m59s"), ["spec.renewBefore"]);
        assert_eq!(fields("a", "1h0m0s", "1h0m0s"), ["spec.renewBefore"]);
        assert!(fields("a", "1h0m0s", "59m59s").is_empty());
    }
}
