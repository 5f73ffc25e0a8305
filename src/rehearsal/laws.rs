//! Laws that hold of every rehearsal, over plans made at random.

use proptest::prelude::*;
use time::Duration;
use time::macros::datetime;

use super::handshake::{Meeting, verify};
use super::plan::*;
use super::*;

const HOUR: i64 = 3600;

/// A rotation of a given root: the CA is replaced on one day, the old root dropped on another.
fn rotation(leaf_days: i64, renew_percent: u8, known: i64, switched: i64, dropped: i64) -> Plan {
    let from = datetime!(2026-07-01 0:00 UTC);
    let day = |n: i64| Some(from + Duration::days(n) + Duration::hours(9));
    let given = |name: &str| Given {
        name: name.to_owned(),
        subject: None,
        issued_by: None,
        key: None,
        algorithm: super::keys::KeySpec::Ed25519,
        not_before: from - Duration::days(100),
        not_after: from + Duration::days(3650),
        is_ca: true,
        path_length: None,
        permitted: Vec::new(),
        constraints: None,
    };
    let roots = |names: &[&str]| {
        let data = names
            .iter()
            .map(|name| Block::Pem((*name).to_owned()))
            .collect();
        Action::ConfigMap(ConfigMap {
            name: "anchors".to_owned(),
            data,
        })
    };
    let issuer = |root: &str| {
        let signer = Signer::Elsewhere(vec![root.to_owned()]);
        Action::Issuer(Issuer {
            name: "plant".to_owned(),
            signer,
        })
    };
    let certificate = Certificate {
        name: "broker".to_owned(),
        secret: None,
        issuer: "plant".to_owned(),
        is_ca: false,
        common_name: None,
        names: vec!["aio-broker".to_owned()],
        server_auth: true,
        client_auth: false,
        duration: Duration::days(leaf_days),
        renewal: Renewal::Percentage(renew_percent),
        algorithm: super::keys::KeySpec::Ed25519,
        rotates: true,
    };
    let sources = vec![Source::ConfigMap("anchors".to_owned())];
    let bundle = Bundle {
        name: "roots".to_owned(),
        sources,
        filter_expired: false,
        plain: false,
    };
    let change = |at, action| Change {
        at,
        wave: 0,
        action,
    };
    Plan {
        from,
        until: from + Duration::days(250),
        given: vec![given("old"), given("new")],
        changes: vec![
            change(None, issuer("old")),
            change(None, roots(&["old"])),
            change(None, Action::Bundle(bundle)),
            change(None, Action::Certificate(certificate)),
            change(day(known), roots(&["old", "new"])),
            change(day(switched), issuer("new")),
            change(day(dropped), roots(&["new"])),
        ],
        servers: vec![Server {
            name: "aio-broker".to_owned(),
            secret: "broker".to_owned(),
            names: vec!["aio-broker".to_owned()],
            reload: Reload::OnChange,
        }],
        clients: vec![Client {
            name: "clients".to_owned(),
            bundle: "roots".to_owned(),
            reload: Reload::OnChange,
            partial_chain: false,
        }],
        delays: Delays::default(),
        assumed: Vec::new(),
    }
}

fn rejected(plan: &Plan) -> Duration {
    let rehearsal = rehearse(plan).expect("a rehearsal");
    rehearsal
        .outages
        .iter()
        .map(|outage| outage.to.unwrap_or(rehearsal.until) - outage.from)
        .sum()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_longer_overlap_never_makes_it_worse(
        leaf in 5..120_i64, percent in 10..60_u8, known in 0..60_i64, switched in 0..90_i64, dropped in 0..140_i64, more in 1..60_i64,
    ) {
        let dropped = dropped.max(known);
        let short = rejected(&rotation(leaf, percent, known, switched, dropped));
        let longer = rejected(&rotation(leaf, percent, known, switched, dropped + more));
        prop_assert!(longer <= short, "{short} became {longer}");
        let earlier = rejected(&rotation(leaf, percent, (known - more).max(0), switched, dropped));
        prop_assert!(earlier <= short, "{short} became {earlier}");
    }

    #[test]
    fn an_overlap_of_a_whole_life_is_enough(leaf in 2..120_i64, percent in 10..60_u8, known in 0..60_i64) {
        let switched = known + 1;
        prop_assert_eq!(rejected(&rotation(leaf, percent, known, switched, switched + leaf + 1)), Duration::ZERO);
    }

    #[test]
    fn the_same_plan_gives_the_same_words(leaf in 5..60_i64, percent in 10..60_u8, switched in 0..60_i64, dropped in 0..90_i64) {
        let plan = rotation(leaf, percent, 5, switched, dropped);
        let told = || {
            let rehearsed = Rehearsed { site: "a".to_owned(), rehearsal: rehearse(&plan).expect("a rehearsal") };
            (human(&rehearsed), json(&rehearsed), svg(&rehearsed))
        };
        prop_assert_eq!(told(), told());
    }

    #[test]
    fn no_renewal_is_before_issuance_or_after_the_end(life in 1..100_000_i64, before in -5..200_000_i64, percent in 0..=255_u8) {
        let from = datetime!(2026-07-01 0:00 UTC);
        let to = from + Duration::seconds(life);
        for renewal in [Renewal::Default, Renewal::Before(Duration::seconds(before)), Renewal::Percentage(percent)] {
            let due = super::cert_manager::renewal_time(from, to, renewal).expect("renewed");
            prop_assert!(from < due && due <= to, "{renewal:?}: {due}");
        }
    }
}

/// Between two judgements nothing changes: asked at any other instant, the verifier says what the gaps say.
#[test]
fn a_handshake_is_fine_if_and_only_if_the_verifier_says_so() {
    let mut asked = [0, 0];
    for (name, plan) in super::tests::scenarios() {
        let rehearsal = rehearse(&plan).expect("a rehearsal");
        let last = rehearsal.witnessed.len();
        for (n, one) in rehearsal.witnessed.iter().enumerate() {
            // Until the next judgement of whatever pair, at the soonest.
            let next = rehearsal.witnessed[n..last]
                .iter()
                .map(|next| next.at)
                .find(|at| *at > one.at);
            let next = next.unwrap_or(rehearsal.until);
            for part in [0, 1, 2, 3] {
                let at = one.at + (next - one.at) * part / 4;
                let meeting = Meeting {
                    presented: &one.presented,
                    trusted: &one.trusted,
                    names: &one.names,
                    at,
                    partial_chain: one.partial_chain,
                };
                let word = verify(&rehearsal.store, meeting).is_ok();
                assert_eq!(word, one.accepted, "{name}: at {at}, judged at {}", one.at);
                asked[usize::from(word)] += 1;
            }
        }
    }
    assert!(asked[0] > 100 && asked[1] > 400, "{asked:?}");
}

/// Certificates of `seconds`, renewed by the plan or, where that is disabled, by hand each time.
fn short_lived(seconds: i64, by_hand: bool) -> Plan {
    let mut plan = rotation(2, 30, 5, 10, 20);
    for change in &mut plan.changes {
        if let Action::Certificate(certificate) = &mut change.action {
            certificate.duration = Duration::seconds(seconds);
            certificate.renewal = if by_hand {
                Renewal::Disabled
            } else {
                Renewal::Default
            };
        }
    }
    if by_hand {
        let at = |n| Some(plan.from + Duration::minutes(n));
        let renew = |n| Change {
            at: at(n),
            wave: 0,
            action: Action::Renew("broker".to_owned()),
        };
        plan.changes.extend((0..600).map(renew));
    }
    plan
}

#[test]
fn a_rehearsal_of_too_many_certificates_stops_and_says_so() {
    let fault = |plan| {
        rehearse_within(&plan, 500)
            .err()
            .map(|fault| fault.to_string())
            .expect("too much")
    };
    let words = fault(short_lived(2, false));
    assert!(
        words.contains("more than 500") && words.contains("shorten --horizon"),
        "{words}"
    );
    let words = fault(short_lived(100_000, true));
    assert!(
        words.contains("more than 500") && words.contains("2026-07-01 08:"),
        "{words}"
    );
}

#[test]
fn a_plan_that_names_what_is_not_there_is_a_bug_and_no_panic() {
    let mut plan = rotation(20, 30, 5, 10, HOUR);
    plan.given.clear();
    assert!(matches!(rehearse(&plan), Err(Fault::Bug(_))));
}
