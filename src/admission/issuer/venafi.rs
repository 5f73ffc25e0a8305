//! Venafi issuers (CyberArk Certificate Manager): `ValidateVenafiIssuerConfig`, and the CEL rule of the definition.

use super::super::field::Field;
use super::super::refusal::{Layer, Refusals};
use super::required;

pub(super) fn review(venafi: &Field<'_>, refusals: &mut Refusals<'_>) {
    required(&venafi.get("zone"), refusals);
    if venafi.set_among(&["tpp", "cloud", "ngts"]).len() != 1 {
        refusals.layer(Layer::Cel).at(
            &venafi.at,
            "exactly one of tpp, cloud, or ngts must be configured",
        );
    }
    let tpp = venafi.get("tpp");
    if tpp.is_set() {
        required(&tpp.get("url"), refusals);
        let bundle = tpp.get("caBundle");
        if bundle.some_text().is_some() && tpp.get("caBundleSecretRef").is_set() {
            refusals.at(
                &bundle.at,
                "caBundle and caBundleSecretRef exclude each other",
            );
        }
    }
    let ngts = venafi.get("ngts");
    if ngts.is_set() {
        required(&ngts.get("tsgID"), refusals);
        required(&ngts.get("credentialsRef").get("name"), refusals);
    }
}
