//! Laws that hold for every input: text survives or is refused with a reason, nothing panics, what is accepted is admitted.

use std::ffi::OsString;
use std::fs;

use crate::common::{NOW, project, quickstart};
use proptest::prelude::*;
use saphyr_parser::{Event, Parser, ScalarStyle};
use serde_json::Value;
use trustc::cli::{Exit, Printer, Streams, Terminal, run};

/// Renders a configuration from standard input, inside this process.
fn render(config: &str) -> (Exit, String, String) {
    let (mut output, mut errors) = (Vec::new(), Vec::new());
    let arguments = ["trustc", "render", "-", "--now", NOW].map(OsString::from);
    let mut streams = Streams {
        input: &mut config.as_bytes(),
        output: Printer::new(&mut output),
        errors: Printer::new(&mut errors),
        terminal: Terminal::default(),
        rules_url: None,
    };
    let exit = run(arguments, &mut streams);
    (
        exit,
        String::from_utf8(output).unwrap(),
        String::from_utf8(errors).unwrap(),
    )
}

fn documents(text: &str) -> Vec<Value> {
    use serde::Deserialize as _;
    let documents =
        serde_yaml::Deserializer::from_str(text).map(|d| Value::deserialize(d).unwrap());
    documents.filter(|value| !value.is_null()).collect()
}

/// The implicit types of YAML 1.1, as go-yaml and PyYAML read them: is this plain scalar something else than a string?
fn is_typed_in_yaml_1_1(text: &str) -> bool {
    let lower = text.to_lowercase();
    let words = [
        "y", "yes", "n", "no", "true", "false", "on", "off", "null", "~", "", "<<", "=", ".inf",
        "-.inf", "+.inf", ".nan",
    ];
    let number = text
        .strip_prefix(['-', '+'])
        .unwrap_or(text)
        .replace('_', "");
    let digits =
        |text: &str, radix| !text.is_empty() && text.chars().all(|c: char| c.is_digit(radix));
    let based = [("0b", 2), ("0o", 8), ("0x", 16)]
        .iter()
        .any(|(p, radix)| number.strip_prefix(p).is_some_and(|d| digits(d, *radix)));
    let float = number.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && number.parse::<f64>().is_ok();
    let sexagesimal = number.contains(':') && number.split([':', '.']).all(|part| digits(part, 10));
    let timestamp = number.len() >= 8
        && digits(&number[..number.len().min(4)], 10)
        && number.contains('-')
        && number
            .chars()
            .all(|c| c.is_ascii_digit() || "-:.TtZz+ ".contains(c));
    words.contains(&lower.as_str()) || based || float || sexagesimal || timestamp
}

/// Plain scalars of a stream that YAML 1.1 does not read as strings.
fn typed_plain_scalars(text: &str) -> Vec<String> {
    let events = Parser::new_from_str(text).map(|event| event.unwrap().0);
    let plain = events.filter_map(|event| match event {
        Event::Scalar(value, ScalarStyle::Plain, _, _) => Some(value.into_owned()),
        _ => None,
    });
    plain.filter(|value| is_typed_in_yaml_1_1(value)).collect()
}

#[test]
fn only_what_is_meant_to_be_typed_is_typed_in_yaml_1_1() {
    let cases = fs::read_dir(project().join("golden/cases")).unwrap();
    for case in cases {
        let stream = fs::read_to_string(case.unwrap().path().join("stream.yaml")).unwrap();
        for scalar in typed_plain_scalars(&stream) {
            assert!(
                ["true", "256", "384", "443", "2048", "3072"].contains(&scalar.as_str()),
                "{scalar}"
            );
        }
    }
}

/// A configuration with one text in every free-text field, as JSON, which is YAML.
fn with_text_everywhere(text: &str) -> String {
    let config = serde_json::json!({
        "apiVersion": "trustc.dev/v1alpha1", "kind": "TrustConfig", "metadata": {"name": "site", "annotations": {"note": text}},
        "spec": {
            "profile": "quickstart",
            "root": {"commonName": text, "organizations": [{"name": text}]},
            "annotations": {"example.com/text": text},
            "allow": [{"rule": "bundle-key-unusual", "reason": text}]
        }
    });
    config.to_string()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn text_survives_or_is_refused(text in prop_oneof![any::<String>(), "[ -~]{1,20}", "[0-9eExX_.:+Tt-]{1,12}", "[\"'#:{}\\[\\]&*!|>%@`,? -]{1,8}"]) {
        let (exit, output, errors) = render(&with_text_everywhere(&text));
        match exit {
            Exit::Findings => prop_assert!(output.is_empty() && errors.contains("error["), "{}", errors),
            Exit::Failed => prop_assert!(false, "{}", errors),
            Exit::Clean => {
                let documents = documents(&output);
                let certificate = documents.iter().find(|d| d["kind"] == "Certificate").unwrap();
                prop_assert_eq!(&certificate["spec"]["commonName"], &Value::from(text.as_str()));
                prop_assert_eq!(&certificate["spec"]["subject"]["organizations"][0], &Value::from(text.as_str()));
                for document in &documents {
                    prop_assert_eq!(&document["metadata"]["annotations"]["example.com/text"], &Value::from(text.as_str()));
                }
                prop_assert!(typed_plain_scalars(&output).iter().all(|scalar| scalar == "true" || scalar == "2048"), "{}", output);
            }
        }
    }

    #[test]
    fn names_and_keys_survive_or_are_refused(text in prop_oneof!["[a-z0-9.-]{1,20}", "[0-9ex_.:-]{1,8}", "[A-Za-z/._-]{1,12}", any::<String>()]) {
        let quoted = Value::from(text.as_str());
        let config = quickstart(&format!(
            "  namespaces: {{trust: {{name: {quoted}}}}}\n  issuer: {{name: {quoted}}}\n  bundle: {{key: {quoted}}}\n  labels: {{{quoted}: {quoted}}}\n"
        ));
        let (exit, output, errors) = render(&config);
        prop_assert!(exit != Exit::Failed, "{}", errors);
        if exit == Exit::Clean {
            let bundle = documents(&output).into_iter().find(|d| d["kind"] == "Bundle").unwrap();
            prop_assert_eq!(&bundle["spec"]["target"]["configMap"]["key"], &quoted);
            prop_assert_eq!(&bundle["metadata"]["labels"][text.as_str()], &quoted);
            prop_assert!(typed_plain_scalars(&output).iter().all(|scalar| scalar == "true" || scalar == "2048"), "{}", output);
        }
    }

    #[test]
    fn broken_starters_never_break_the_program(
        byo in any::<bool>(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), prop_oneof!["[ -~\\n\\t]{0,6}", any::<String>(), Just("- ".repeat(70)), Just("&a *a".to_owned())], 0_usize..40), 1..6),
    ) {
        let starter = if byo { "byo-issuer" } else { "quickstart" };
        let mut text: Vec<char> = fs::read_to_string(project().join(format!("profiles/{starter}.yaml"))).unwrap().chars().collect();
        for (index, insert, cut) in edits {
            let at = index.index(text.len() + 1);
            let end = (at + cut).min(text.len());
            text.splice(at..end, insert.chars());
        }
        let (exit, output, errors) = render(&text.into_iter().collect::<String>());
        prop_assert!(!errors.contains("fault of trustc"), "{}", errors);
        prop_assert!(exit != Exit::Failed, "{}", errors);
        prop_assert_eq!(exit == Exit::Clean, !output.is_empty());
        prop_assert_eq!(exit == Exit::Findings, errors.contains("error["));
    }

    #[test]
    fn any_values_that_the_schema_takes_yield_findings_or_a_tree(
        duration in 1_u64..200_000, renew in 1_u64..200_000, leaf in 1_u64..200_000,
        algorithm in prop_oneof![Just("RSA"), Just("ECDSA"), Just("Ed25519")],
        size in prop::option::of(prop_oneof![Just(256_u32), Just(384), Just(512), Just(521), Just(2048), Just(3072), Just(8192), 0..9000_u32]),
        always in any::<bool>(), create in any::<bool>(), engine in prop_oneof![Just("none"), Just("flux"), Just("argocd")],
        readers in prop::collection::vec("[a-z0-9]{1,10}", 0..4),
        instance in "[a-z][a-z0-9-]{0,50}[a-z0-9]",
    ) {
        let size = size.map_or(String::new(), |size| format!(", size: {size}"));
        let policy = if always { "Always" } else { "Never" };
        let readers: Vec<String> = readers.iter().map(|name| format!("{{name: \"{name}\"}}")).collect();
        let (exit, output, errors) = render(&quickstart(&format!(
            "  root: {{duration: {duration}m, renewBefore: {renew}m, privateKey: {{algorithm: {algorithm}{size}, rotationPolicy: {policy}}}}}\n  \
               broker: {{certificate: {{duration: {leaf}m}}}}\n  namespaces: {{instance: {{name: \"{instance}\"}}, trust: {{create: {create}}}}}\n  \
               delivery: {{engine: {engine}}}\n  bundle: {{namespaces: [{}]}}\n",
            readers.join(", ")
        )));
        prop_assert!(exit != Exit::Failed, "{}", errors);
        prop_assert_eq!(exit == Exit::Clean, !output.is_empty());
    }
}
