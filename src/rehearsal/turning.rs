//! A rotation in a plan: what is so in its phase, and the phases to come, each as early as is safe.

use time::{Duration, OffsetDateTime};

use super::plan::{Action, Block, Change, ConfigMap, Issuer, Plan, Secret, Signer};
use super::stand_ins::{Side, StandIns};
use crate::config::Phase;
use crate::trust::{Rotation, Signing, Trust};

/// Puts the rotation of `trust` into `plan`. `issuer` is the issuer's name in it, `roots` that of the ConfigMap of roots.
pub(super) fn turn(
    trust: &Trust,
    rotation: &Rotation,
    stand_ins: &StandIns,
    issuer: &str,
    roots: &str,
    plan: &mut Plan,
) {
    let phase = rotation.phase.value;
    let schedule = rotation.schedule(trust, plan.from);
    // A phase that comes too early comes now: what then breaks is what is to be shown.
    let switched = schedule.switch.min(plan.from);
    let anchors = |without: Option<&str>| {
        let kept = stand_ins
            .anchors
            .iter()
            .filter(|root| without.is_none_or(|name| root.anchor != name));
        let data = kept.map(|root| Block::Pem(root.title.clone())).collect();
        Action::ConfigMap(ConfigMap {
            name: roots.to_owned(),
            data,
        })
    };
    let (old, new) = (&*rotation.from.value, &*rotation.to.value);
    let mut at = |at: OffsetDateTime, action: Action| {
        plan.changes.push(Change {
            at: Some(at),
            wave: 0,
            action,
        })
    };
    let mut told = Vec::new();
    if phase < Phase::Switch {
        if let Some(day) = schedule.distribute {
            at(day, anchors(None));
            told.push(format!("distribute on {}", day.date()));
        }
        switch(&rotation.other, &stand_ins.other, issuer)
            .into_iter()
            .for_each(|action| at(schedule.switch, action));
        told.push(format!("switch on {}", schedule.switch.date()));
    } else {
        switch(&trust.issuer.signing, &stand_ins.signs, issuer)
            .into_iter()
            .for_each(|action| at(switched, action));
        told.push(format!("the old issuer signed until {}", switched.date()));
    }
    if phase == Phase::Retire {
        let now = plan.from;
        plan.changes.push(Change {
            at: Some(now),
            wave: 0,
            action: anchors(Some(old)),
        });
        told.push(format!("the old root is dropped on {}", now.date()));
    } else {
        plan.changes.push(Change {
            at: Some(schedule.retire),
            wave: 0,
            action: anchors(Some(old)),
        });
        told.push(format!("retire on {}", schedule.retire.date()));
    }
    plan.assumed.push(format!(
        "rotation from `{old}` to `{new}`, phase {}: {}",
        phase.as_str(),
        told.join(", ")
    ));
    if phase >= Phase::Switch {
        // It begins just before the switch: the last certificate of the old issuer is as young as can be.
        plan.from = switched.checked_sub(Duration::HOUR).unwrap_or(switched);
    }
}

/// What happens to the cluster when this side begins to sign.
fn switch(signing: &Signing, side: &Side, issuer: &str) -> Vec<Action> {
    let held = || side.in_secret.iter().cloned().map(Block::Pem).collect();
    let named = |name: &str, signer: Signer| {
        Action::Issuer(Issuer {
            name: name.to_owned(),
            signer,
        })
    };
    match signing {
        Signing::CaSecret(ca) => {
            let name = ca.secret.value.to_string();
            let secret = Secret {
                name: name.clone(),
                tls_crt: held(),
                ca_crt: Vec::new(),
            };
            vec![Action::Secret(secret), named(issuer, Signer::Ca(name))]
        }
        Signing::Existing { .. } | Signing::Remote(_) => {
            vec![named(issuer, Signer::Elsewhere(side.chain.clone()))]
        }
        Signing::Intermediate(_) => vec![named(
            super::cast::ELSEWHERE,
            Signer::Elsewhere(side.chain.clone()),
        )],
        Signing::SelfSignedRoot(_) => Vec::new(),
    }
}
