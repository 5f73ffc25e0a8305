//! The language server, driven as an editor drives it.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

use crate::common::{NOW, project, quickstart};

/// An editor with one server.
struct Editor {
    server: Child,
    output: BufReader<ChildStdout>,
    next: u64,
}

impl Editor {
    fn start() -> Self {
        let root = project().join("golden/pki");
        let mut server = Command::new(env!("CARGO_BIN_EXE_trustc"))
            .args(["lsp", "--now", NOW, "--allow-root"])
            .arg(root)
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(server.stdout.take().unwrap());
        Self {
            server,
            output,
            next: 0,
        }
    }

    fn ready() -> Self {
        let mut editor = Self::start();
        let answer = editor.ask(
            "initialize",
            json!({"capabilities": {}, "processId": null, "rootUri": null}),
        );
        assert_eq!(
            answer["result"]["capabilities"]["hoverProvider"], true,
            "{answer:#}"
        );
        editor.tell("initialized", json!({}));
        editor
    }

    fn write(&mut self, bytes: &[u8]) {
        self.server
            .stdin
            .as_mut()
            .unwrap()
            .write_all(bytes)
            .unwrap();
    }

    fn send(&mut self, message: &Value) {
        let body = message.to_string();
        self.write(format!("Content-Length: {}\r\n\r\n{body}", body.len()).as_bytes());
    }

    fn tell(&mut self, method: &str, params: Value) {
        self.send(&json!({"jsonrpc": "2.0", "method": method, "params": params}));
    }

    fn read(&mut self) -> Value {
        let mut length = 0;
        loop {
            let mut line = String::new();
            assert!(
                self.output.read_line(&mut line).unwrap() > 0,
                "the server has gone"
            );
            if line == "\r\n" {
                break;
            }
            if let Some(value) = line.strip_prefix("Content-Length: ") {
                length = value.trim().parse().unwrap();
            }
        }
        let mut body = vec![0; length];
        self.output.read_exact(&mut body).unwrap();
        serde_json::from_slice(&body).unwrap()
    }

    /// Sends a request, and reads on until its answer.
    fn ask(&mut self, method: &str, params: Value) -> Value {
        self.next += 1;
        let id = self.next;
        self.send(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}));
        loop {
            let message = self.read();
            if message["id"] == id {
                return message;
            }
        }
    }

    /// Reads on until findings are published, and gives them back.
    fn published(&mut self) -> Value {
        loop {
            let message = self.read();
            if message["method"] == "textDocument/publishDiagnostics" {
                return message["params"].clone();
            }
        }
    }

    fn open(&mut self, uri: &str, text: &str) -> Value {
        let document = json!({"uri": uri, "languageId": "yaml", "version": 1, "text": text});
        self.tell("textDocument/didOpen", json!({"textDocument": document}));
        self.published()
    }

    fn change(&mut self, uri: &str, version: i32, text: &str) {
        let document = json!({"uri": uri, "version": version});
        self.tell(
            "textDocument/didChange",
            json!({"textDocument": document, "contentChanges": [{"text": text}]}),
        );
    }

    fn hover(&mut self, uri: &str, text: &str, needle: &str) -> Value {
        let position = position(text, needle);
        let answer = self.ask(
            "textDocument/hover",
            json!({"textDocument": {"uri": uri}, "position": position}),
        );
        answer["result"].clone()
    }

    fn code(mut self) -> i32 {
        drop(self.server.stdin.take());
        self.server.wait().unwrap().code().unwrap()
    }

    fn close(mut self) {
        assert_eq!(self.ask("shutdown", Value::Null)["result"], Value::Null);
        self.tell("exit", Value::Null);
        assert_eq!(self.code(), 0);
    }
}

/// The place of a text, in UTF-16 units.
fn position(text: &str, needle: &str) -> Value {
    let at = text.find(needle).unwrap();
    let line = text[..at].matches('\n').count();
    let column = text[..at]
        .rsplit('\n')
        .next()
        .unwrap()
        .encode_utf16()
        .count();
    json!({"line": line, "character": column})
}

fn uri(path: &Path) -> String {
    format!("file://{}", path.display())
}

fn rules(published: &Value) -> Vec<&str> {
    published["diagnostics"]
        .as_array()
        .unwrap()
        .iter()
        .map(|d| d["code"].as_str().unwrap())
        .collect()
}

#[test]
fn findings_come_while_typing_and_the_newest_text_counts() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("trust.yaml");
    // On disk there is something else.
    fs::write(&file, "nonsense: [").unwrap();
    let uri = uri(&file);
    let mut editor = Editor::ready();
    let text = quickstart("  labels: {\"😀ü\": x}\n  rooot: {}\n");
    let first = editor.open(&uri, &text);
    assert_eq!(rules(&first), ["invalid-value", "unknown-field"]);
    assert_eq!(
        first["diagnostics"][1]["range"]["start"],
        position(&text, "rooot")
    );
    assert!(
        first["diagnostics"][1]["message"]
            .as_str()
            .unwrap()
            .contains("help: write `root`"),
        "{first:#}"
    );
    let good = quickstart("");
    for version in 2..20 {
        editor.change(&uri, version, &text);
    }
    editor.change(&uri, 20, &good);
    editor.change(&uri, 19, &text);
    let mut last = editor.published();
    while last["version"] != 20 {
        last = editor.published();
    }
    assert!(rules(&last).is_empty(), "{last:#}");
    editor.tell(
        "textDocument/didClose",
        json!({"textDocument": {"uri": uri}}),
    );
    editor.close();
}

#[test]
fn columns_are_utf_16_and_fixes_land_where_they_should() {
    let folder = tempfile::tempdir().unwrap();
    let uri = uri(&folder
        .path()
        .join("a site ü.trust.yaml")
        .with_file_name("trust.yaml"));
    let text =
        quickstart("  root: {commonName: \"😀 Röt\", privateKey: {rotationPolicy: always}} # ü\n");
    let mut editor = Editor::ready();
    let published = editor.open(&uri, &text);
    let range = published["diagnostics"][0]["range"].clone();
    assert_eq!(range["start"], position(&text, "always"), "{published:#}");
    let params =
        json!({"textDocument": {"uri": uri}, "range": range, "context": {"diagnostics": []}});
    let answer = editor.ask("textDocument/codeAction", params.clone());
    let action = &answer["result"][0];
    assert_eq!(
        (action["title"].as_str(), &action["isPreferred"]),
        (Some("write `Always`"), &json!(true)),
        "{answer:#}"
    );
    let edit = &action["edit"]["changes"][&uri][0];
    assert_eq!(
        (edit["newText"].as_str(), &edit["range"]),
        (Some("Always"), &range)
    );
    let elsewhere =
        json!({"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 1}});
    let params =
        json!({"textDocument": {"uri": uri}, "range": elsewhere, "context": {"diagnostics": []}});
    assert_eq!(
        editor.ask("textDocument/codeAction", params)["result"],
        json!([])
    );
    let all = json!({"textDocument": {"uri": uri}, "range": range,
        "context": {"diagnostics": [], "only": ["source.fixAll"]}});
    let answer = editor.ask("textDocument/codeAction", all);
    let new = answer["result"][0]["edit"]["changes"][&uri][0]["newText"]
        .as_str()
        .unwrap();
    assert_eq!(new, text.replace("always", "Always"));
    editor.close();
}

#[test]
fn a_path_shows_its_certificates_and_a_key_its_meaning() {
    let root = project().join("golden/pki/corp-root-2026.pem");
    let folder = tempfile::tempdir().unwrap();
    fs::copy(&root, folder.path().join("root.pem")).unwrap();
    let uri = uri(&folder.path().join("trust.yaml"));
    let text = "# 😀\napiVersion: trustc.dev/v1alpha1\nkind: TrustConfig\nmetadata: {name: s}\nspec:\n  profile: byo-issuer\n  \
                issuer: {existing: {}}\n  anchors:\n  - {name: ü, file: root.pem}\n  - {name: none, file: none.pem}\n";
    let mut editor = Editor::ready();
    editor.open(&uri, text);
    let hover = editor.hover(&uri, text, "oot.pem");
    let shown = hover["contents"]["value"].as_str().unwrap();
    let sha256 = "sha256 e06140f1b3767325649da8a63ef5c20b28a72ad87b47d2f03b87609c4a39283a";
    for fact in [
        "CN=Corp Root CA 2026",
        "ECDSA P-384",
        "2026-01-01 to 2045-12-31",
        sha256,
    ] {
        assert!(shown.contains(fact), "{shown}");
    }
    assert_eq!(hover["range"]["start"], position(text, "root.pem"));
    let missing = editor.hover(&uri, text, "none.pem");
    assert!(
        missing["contents"]["value"]
            .as_str()
            .unwrap()
            .contains("there is no such file"),
        "{missing:#}"
    );
    let key = editor.hover(&uri, text, "profile:");
    assert!(
        key["contents"]["value"].as_str().unwrap().len() > 10,
        "{key:#}"
    );
    assert_eq!(editor.hover(&uri, text, "# 😀"), Value::Null);
    editor.close();
}

#[test]
fn a_private_key_behind_a_path_is_never_shown() {
    let folder = tempfile::tempdir().unwrap();
    let key = "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg\n-----END PRIVATE KEY-----\n";
    fs::write(folder.path().join("key.pem"), key).unwrap();
    let uri = uri(&folder.path().join("trust.yaml"));
    let text = "apiVersion: trustc.dev/v1alpha1\nkind: TrustConfig\nmetadata: {name: s}\nspec:\n  profile: byo-issuer\n  issuer: \
                {existing: {}}\n  anchors:\n  - {name: a, file: key.pem}\n";
    let mut editor = Editor::ready();
    let published = editor.open(&uri, text);
    assert_eq!(rules(&published), ["private-key-in-input"]);
    assert_eq!(
        published["diagnostics"][0]["range"]["start"],
        position(text, "key.pem")
    );
    let hover = editor.hover(&uri, text, "key.pem").to_string();
    assert!(
        !hover.contains("MIGH") && !published.to_string().contains("MIGH"),
        "{hover}"
    );
    editor.close();
}

#[test]
fn keys_and_words_are_completed_from_the_schema() {
    let uri = "file:///nowhere/trust.yaml";
    let mut editor = Editor::ready();
    for (typed, expected, unexpected) in [
        ("  ro", "root", "profile"),
        ("  root:\n    pri", "privateKey", "root"),
        (
            "  root:\n    privateKey:\n      rotationPolicy: ",
            "Never",
            "root",
        ),
        ("  allow:\n  - ru", "rule", "root"),
        ("  delivery:\n    engine: f", "flux", "root"),
    ] {
        let text = quickstart(typed);
        editor.open(uri, &text);
        let end = position(&format!("{text}\u{1}"), "\u{1}");
        let answer = editor.ask(
            "textDocument/completion",
            json!({"textDocument": {"uri": uri}, "position": end}),
        );
        let labels: Vec<&str> = answer["result"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item["label"].as_str().unwrap())
            .collect();
        assert!(
            labels.contains(&expected) && !labels.contains(&unexpected),
            "{typed:?}: {labels:?}"
        );
    }
    editor.close();
}

#[test]
fn manifests_are_judged_with_their_neighbours() {
    let folder = tempfile::tempdir().unwrap();
    let certificate = "apiVersion: cert-manager.io/v1\nkind: Certificate\nmetadata: {name: web, namespace: edge}\nspec:\n  \
                       secretName: web\n  dnsNames: [web]\n  duration: 90d\n  usages: [server auth]\n  issuerRef: {kind: \
                       ClusterIssuer, name: ca}\n";
    let issuer = "apiVersion: cert-manager.io/v1\nkind: ClusterIssuer\nmetadata: {name: ca}\nspec: {ca: {secretName: ca}}\n";
    let uri = uri(&folder.path().join("web.yaml"));
    let mut editor = Editor::ready();
    let alone = editor.open(&uri, certificate);
    assert_eq!(rules(&alone), ["manifest-refused", "issuer-missing"]);
    fs::write(folder.path().join("issuer.yaml"), issuer).unwrap();
    editor.tell(
        "textDocument/didSave",
        json!({"textDocument": {"uri": uri}}),
    );
    assert_eq!(rules(&editor.published()), ["manifest-refused"]);
    let range = json!({"start": {"line": 0, "character": 0}, "end": {"line": 99, "character": 0}});
    let params =
        json!({"textDocument": {"uri": uri}, "range": range, "context": {"diagnostics": []}});
    let answer = editor.ask("textDocument/codeAction", params);
    assert_eq!(
        answer["result"][0]["edit"]["changes"][&uri][0]["newText"], "2160h0m0s",
        "{answer:#}"
    );
    editor.close();
}

#[test]
fn the_order_of_the_protocol_is_kept() {
    let mut editor = Editor::start();
    assert_eq!(editor.ask("shutdown", Value::Null)["error"]["code"], -32002);
    assert!(editor.ask("initialize", json!({"capabilities": {}}))["result"].is_object());
    assert_eq!(
        editor.ask("initialize", json!({"capabilities": {}}))["error"]["code"],
        -32601
    );
    assert_eq!(editor.ask("no/such", json!({}))["error"]["code"], -32601);
    assert_eq!(
        editor.ask("textDocument/hover", json!({"x": 1}))["error"]["code"],
        -32602
    );
    let nowhere =
        json!({"textDocument": {"uri": "file:///x.yaml"}, "position": {"line": 9, "character": 9}});
    assert_eq!(
        editor.ask("textDocument/hover", nowhere)["result"],
        Value::Null
    );
    // Notifications that are unknown, or make no sense, change nothing.
    editor.tell("$/cancelRequest", json!({"id": 1}));
    editor.tell("textDocument/didOpen", json!([1, 2]));
    editor.tell(
        "textDocument/didChange",
        json!({"textDocument": {"uri": "file:///x", "version": 1}, "contentChanges": []}),
    );
    editor.ask("shutdown", Value::Null);
    assert_eq!(
        editor.ask("textDocument/hover", json!({}))["error"]["code"],
        -32600
    );
    editor.tell("exit", Value::Null);
    assert_eq!(editor.code(), 0);
}

#[test]
fn an_exit_without_shutdown_and_a_vanished_editor_are_no_success() {
    let mut editor = Editor::ready();
    editor.tell("exit", Value::Null);
    assert_eq!(editor.code(), 1);
    assert_eq!(Editor::ready().code(), 1);
}

#[test]
fn garbage_ends_the_server_without_a_panic_and_without_an_echo() {
    for garbage in [
        &b"MIIsecret garbage\r\n\r\n"[..],
        b"Content-Length: 99999999999999\r\n\r\n",
        b"Content-Length: -1\r\n\r\n",
        b"X: y\r\n\r\n",
        b"\xff\xfe: x\r\n\r\n",
        b"Content-Length: 5\r\n\r\nabc",
    ] {
        let mut editor = Editor::start();
        editor.write(garbage);
        drop(editor.server.stdin.take());
        let mut said = String::new();
        editor
            .server
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut said)
            .unwrap();
        assert_eq!(
            editor.server.wait().unwrap().code(),
            Some(2),
            "{garbage:?}: {said}"
        );
        assert!(
            said.starts_with("error: no message of an editor") && !said.contains("MIIsecret"),
            "{said}"
        );
    }
    // What is no JSON, in a frame that is one, is left out.
    let mut editor = Editor::start();
    editor.write(b"Content-Length: 3\r\n\r\n{{{");
    assert!(editor.ask("initialize", json!({"capabilities": {}}))["result"].is_object());
    editor.close();
}
