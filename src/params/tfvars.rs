//! Variables of Microsoft's Terraform for the edge (microsoft/edge-ai, `110-iot-ops`).

use super::Params;
use crate::config::Ownership;

pub(crate) fn tfvars(params: &Params) -> String {
    if params.ownership == Ownership::ProductManaged {
        return format!("# {}\ntrust_config_source = \"SelfSigned\"\n", params.site);
    }
    let names = [
        "issuer_name   ",
        "issuer_kind   ",
        "configmap_name",
        "configmap_key ",
    ];
    let values = params.settings();
    let lines: String = names
        .iter()
        .zip(values)
        .map(|(name, (_, value))| format!("  {name} = \"{value}\"\n"))
        .collect();
    format!(
        "# {}\ntrust_config_source = \"CustomerManagedByoIssuer\"\nbyo_issuer_trust_settings = {{\n{lines}}}\n",
        params.site
    )
}
