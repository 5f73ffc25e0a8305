//! The instance's `trustConfig`, as a Bicep parameter file. What else a template wants is not known here.

use super::Params;
use crate::config::Ownership;

pub(crate) fn bicepparam(params: &Params) -> String {
    // Names are of letters, digits, dots and hyphens: nothing in them has to be escaped.
    let settings: String = params
        .settings()
        .iter()
        .map(|(key, value)| format!("    {key}: '{value}'\n"))
        .collect();
    let body = match params.ownership {
        Ownership::ProductManaged => "  source: 'SelfSigned'\n".to_owned(),
        Ownership::UserManaged => {
            format!("  source: 'CustomerManaged'\n  settings: {{\n{settings}  }}\n")
        }
    };
    format!(
        "// {}: name the template that declares trustConfig\nusing './main.bicep'\n\nparam trustConfig = {{\n{body}}}\n",
        params.site
    )
}
