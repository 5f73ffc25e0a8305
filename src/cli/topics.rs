//! What is to be handed to other programs as it is: `trustc explain` prints each under its name.

/// A page that is no rule.
pub(super) struct Topic {
    pub(super) name: &'static str,
    pub(super) summary: &'static str,
    /// What is printed: a file for the other program, with comments for people.
    pub(super) text: &'static str,
}

/// Every topic, by name.
pub(super) static TOPICS: &[Topic] = &[
    Topic {
        name: "argocd-health",
        summary: "teach Argo CD the health of a Bundle",
        text: include_str!("../../templates/argocd/bundle-health.yaml"),
    },
    Topic {
        name: "argocd-plugin",
        summary: "let Argo CD render configurations itself",
        text: include_str!("../../templates/argocd/plugin.yaml"),
    },
    Topic {
        name: "kustomize-function",
        summary: "render while kustomize builds",
        text: include_str!("../../templates/kustomize/function.yaml"),
    },
    Topic {
        name: "kustomize-plugin",
        summary: "render while kubectl kustomize builds",
        text: include_str!("../../templates/kustomize/plugin.sh"),
    },
];
