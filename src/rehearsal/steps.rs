//! A rotation as a list of steps for people: what to commit when, what to look at before the next, what to restart.

use std::collections::BTreeSet;

use time::OffsetDateTime;

use super::assume::Assumptions;
use crate::config::BundleDelivery;
use crate::trust::{Rotation, Schedule, Signing, Trust};

/// What the steps are about.
pub(crate) struct Steps<'s> {
    /// The site as it will be while the rotation is prepared.
    pub(crate) trust: &'s Trust,
    pub(crate) rotation: &'s Rotation,
    pub(crate) now: OffsetDateTime,
    pub(crate) assumptions: &'s Assumptions,
    /// The configuration, as it is named on the command line.
    pub(crate) config: &'s str,
    /// The file of the new root, relative to the configuration; none if the anchor is there already.
    pub(crate) file: Option<&'s str>,
    /// The verdict of the rehearsal of it all.
    pub(crate) verdict: &'s [String],
}

impl Steps<'_> {
    /// The list, ending in a line feed.
    pub(crate) fn text(&self) -> String {
        let (from, to) = (&self.rotation.from.value, &self.rotation.to.value);
        let schedule = self.rotation.schedule(self.trust, self.now);
        let mut text = format!("# {}: from {from} to {to}\n", self.trust.site);
        text.extend(
            self.verdict
                .iter()
                .map(|sentence| format!("# rehearsed: {sentence}\n")),
        );
        text += &self.prepare(&schedule);
        text += &self.distribute(&schedule);
        text += &self.switch(&schedule);
        text += &self.retire(&schedule);
        text
    }

    fn prepare(&self, schedule: &Schedule) -> String {
        let (from, to) = (&self.rotation.from.value, &self.rotation.to.value);
        let mut lines = vec![format!(
            "\n1. prepare, now. Add to spec in {}, and have it reviewed:",
            self.config
        )];
        if let (Some(file), Some(root)) = (self.file, self.new_root()) {
            lines.push("     anchors:                       # a further one".to_owned());
            lines.push(format!("     - name: {to}"));
            lines.push(format!("       file: {file}"));
            lines.push(format!("       sha256: {root}"));
        }
        let day = schedule
            .switch
            .date()
            .previous_day()
            .unwrap_or(schedule.switch.date());
        lines.push("     rotation:".to_owned());
        lines.push(format!("       from: {from}"));
        lines.push(format!("       to: {to}"));
        lines.push("       phase: prepare".to_owned());
        lines.push(format!("       switchAfter: \"{day}\""));
        lines.extend(
            self.next_issuer()
                .into_iter()
                .map(|line| format!("       {line}")),
        );
        lines.push("   Nothing is different in the cluster. Then:".to_owned());
        lines.push(format!("     trustc check {} --rehearse", self.config));
        block(lines)
    }

    /// What the configuration may say of the next issuer, by its type.
    fn next_issuer(&self) -> Vec<String> {
        let (what, field) = match &self.trust.issuer.signing {
            Signing::CaSecret(_) => (
                "its Secret, and its public chain",
                Some("  secretName: next-ca"),
            ),
            Signing::Remote(remote) if remote.kind == "vault" => (
                "its path, and its public chain",
                Some("  path: pki_next/sign/aio"),
            ),
            _ => ("its public chain", None),
        };
        let head = format!("issuer:                        # the next CA: {what}");
        let rest = field
            .into_iter()
            .chain(["  chain: {file: pki/next-chain.pem}"])
            .map(str::to_owned);
        std::iter::once(head).chain(rest).collect()
    }

    fn distribute(&self, schedule: &Schedule) -> String {
        let day = schedule.distribute.unwrap_or(self.now).date();
        let mut lines = vec![format!(
            "\n2. distribute, from {day} on: clients trust both roots."
        )];
        lines.extend(self.take_the_step());
        lines.push("   Before the next step, each of these must show both roots:".to_owned());
        let (name, kind) = (&self.trust.bundle.name.value, "configmap");
        for namespace in self.reader_namespaces() {
            lines.push(format!(
                "     kubectl get {kind} -n {namespace} {name} -o yaml | trustc inspect -"
            ));
        }
        if self.trust.bundle.delivery == BundleDelivery::Bundle {
            lines.push(format!(
                "     kubectl get bundle {name}          # SYNCED is True"
            ));
        }
        lines.push("   Restart what reads its roots only when it starts:".to_owned());
        lines.extend(self.to_restart(
            self.assumptions.restarted_clients(),
            &self.reader_namespaces(),
        ));
        block(lines)
    }

    fn switch(&self, schedule: &Schedule) -> String {
        let day = schedule.switch.date();
        let mut lines = vec![format!("\n3. switch, from {day} on: the new issuer signs.")];
        lines.extend(self.take_the_step());
        if !matches!(
            self.trust.issuer.signing,
            Signing::CaSecret(_) | Signing::Remote(_)
        ) {
            lines.push(
                "   The issuer is not emitted from here: its owner switches it on that day."
                    .to_owned(),
            );
        }
        lines.push("   Nothing is issued anew by that: certificates follow at their own renewal. Whoever does not want to wait:".to_owned());
        if let Signing::Intermediate(intermediate) = &self.trust.issuer.signing {
            let (namespace, name) = (
                self.trust.secret_namespace(),
                &intermediate.certificate.name,
            );
            lines.push(format!(
                "     cmctl renew -n {namespace} {name}     # the intermediate first"
            ));
        }
        lines.push(format!(
            "     cmctl renew -n {} --all",
            self.trust.instance.name.value
        ));
        for leaf in &self.trust.certificates {
            lines.push(format!(
                "     cmctl renew -n {} {}",
                leaf.namespace.value, leaf.name.value
            ));
        }
        lines.push(
            "   Before the next step the issuer is Ready, and every certificate chains to the new root:".to_owned(),
        );
        let (kind, name) = (
            self.trust.issuer.kind.as_str().to_lowercase(),
            &self.trust.issuer.name.value,
        );
        lines.push(format!("     kubectl get {kind} -A | grep {name}"));
        for namespace in self.server_namespaces() {
            let selector = "controller.cert-manager.io/fao=true";
            lines.push(format!(
                "     kubectl get secret -n {namespace} -l {selector} -o yaml | trustc inspect -"
            ));
        }
        lines.push(
            "   Restart servers that read their certificate only when they start, after each renewal:".to_owned(),
        );
        lines.extend(self.to_restart(
            self.assumptions.restarted_servers(),
            &self.server_namespaces(),
        ));
        block(lines)
    }

    fn retire(&self, schedule: &Schedule) -> String {
        let (day, from) = (schedule.retire.date(), &self.rotation.from.value);
        let mut lines = vec![format!(
            "\n4. retire, from {day} on: clients trust the new root only. Until then certificates of the old issuer can live."
        )];
        lines.extend(self.take_the_step());
        lines.push(format!(
            "   Afterwards delete spec.rotation and the anchor {from}; keep what rotation.issuer says in spec.issuer."
        ));
        block(lines)
    }

    fn take_the_step(&self) -> [String; 2] {
        let config = self.config;
        [
            format!("     trustc rotate next {config}"),
            format!("     trustc check {config} --rehearse   # then render, and have it reviewed"),
        ]
    }

    fn new_root(&self) -> Option<&str> {
        let absent = self.rotation.absent.as_ref()?;
        absent
            .certificates
            .first()
            .map(|certificate| certificate.fingerprint.as_str())
    }

    fn reader_namespaces(&self) -> Vec<String> {
        self.trust
            .bundle
            .readers
            .iter()
            .map(|reader| reader.value.to_string())
            .collect()
    }

    fn server_namespaces(&self) -> Vec<String> {
        let leaves = self
            .trust
            .certificates
            .iter()
            .map(|leaf| leaf.namespace.value.to_string());
        let all: BTreeSet<String> = leaves
            .chain([self.trust.instance.name.value.to_string()])
            .collect();
        all.into_iter().collect()
    }

    /// Workloads that are known to need it, or where to look for them.
    fn to_restart(&self, known: Vec<&str>, namespaces: &[String]) -> Vec<String> {
        let named = known.iter().map(|name| format!("     {name}"));
        let look = namespaces.iter().filter(|_| known.is_empty());
        named
            .chain(look.map(|namespace| {
                format!("     kubectl rollout restart deployment,statefulset -n {namespace}   # those that do")
            }))
            .collect()
    }
}

fn block(lines: Vec<String>) -> String {
    lines.join("\n") + "\n"
}
