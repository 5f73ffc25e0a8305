//! A language server: messages of the Language Server Protocol in, messages out. What editors show is what `check` finds.
//!
//! The text of an open document counts, not its file; certificate files are read from disk. The server knows no clock and
//! no streams: the command line reads and writes the messages, and says when it is time to judge.

mod actions;
mod complete;
mod files;
mod findings;
mod hover;
mod text;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use lsp_server::{ErrorCode, Message, Notification, Request, Response};
use lsp_types::{
    CodeActionKind, CodeActionOptions, CodeActionParams, CodeActionProviderCapability,
    CompletionOptions, CompletionParams, DidChangeTextDocumentParams, DidCloseTextDocumentParams,
    DidOpenTextDocumentParams, DidSaveTextDocumentParams, HoverParams, HoverProviderCapability,
    InitializeResult, OneOf, Position, PublishDiagnosticsParams, ServerCapabilities, ServerInfo,
    TextDocumentSyncCapability, TextDocumentSyncKind, Uri,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::cluster;
use crate::compile;
use crate::config::PROFILES;
use crate::diagnostic::{Diagnostic, SourceId};
use crate::source::{Files, Reader, Source, Sources, parse_stream};

/// What judgements depend on beside the documents.
pub(crate) struct Options {
    pub(crate) site: compile::Options,
    pub(crate) cluster: cluster::Options,
    /// The manifests that go to the same cluster as the one at a path, that one left out.
    pub(crate) beside: fn(&Path) -> Vec<Source>,
}

/// The server and what it knows of its client's documents.
pub(crate) struct Server {
    pub(crate) options: Options,
    state: State,
    /// By the text of their URI.
    open: BTreeMap<String, Open>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    New,
    Running,
    ShutDown,
    Ended { clean: bool },
}

/// A document in an editor.
struct Open {
    uri: Uri,
    path: PathBuf,
    version: i32,
    text: String,
    /// What was found in this very text; none if it has changed since.
    judged: Option<Judged>,
}

/// Everything that was found in a document, and the texts it points into.
struct Judged {
    sources: Sources,
    /// The document among them.
    id: SourceId,
    diagnostics: Vec<Diagnostic>,
}

impl Open {
    fn new(uri: Uri, version: i32, text: String) -> Self {
        let path = files::path(&uri).unwrap_or_else(|| PathBuf::from("untitled"));
        Self {
            uri,
            path,
            version,
            text,
            judged: None,
        }
    }

    fn is_configuration(&self) -> bool {
        self.text.contains("trustc.dev/")
    }

    fn source(&self) -> Source {
        Source::new(self.path.to_string_lossy(), self.text.clone().into_bytes())
    }

    /// The profile that the document names, as far as it can be read.
    fn profile(&self) -> Option<&'static str> {
        let (documents, _) = parse_stream(SourceId::default(), &self.source());
        let word = documents.first()?.value["spec"]["profile"]
            .as_str()?
            .to_owned();
        PROFILES.iter().copied().find(|known| *known == word)
    }
}

type Answer = Result<Value, (ErrorCode, String)>;

impl Server {
    pub(crate) fn new(options: Options) -> Self {
        Self {
            options,
            state: State::New,
            open: BTreeMap::new(),
        }
    }

    /// Whether the client is done, and if so, whether it said so in the right order.
    pub(crate) fn ended(&self) -> Option<bool> {
        match self.state {
            State::Ended { clean } => Some(clean),
            _ => None,
        }
    }

    /// Whether a document waits to be judged.
    pub(crate) fn is_behind(&self) -> bool {
        self.open.values().any(|open| open.judged.is_none())
    }

    /// Takes one message, and gives back what there is to send.
    pub(crate) fn handle(&mut self, message: Message) -> Vec<Message> {
        match message {
            Message::Request(request) => self.request(request),
            Message::Notification(notification) => self.notification(notification),
            Message::Response(_) => Vec::new(),
        }
    }

    /// Judges every document that has changed, and publishes what was found.
    pub(crate) fn judge(&mut self) -> Vec<Message> {
        let behind: Vec<String> = self
            .open
            .iter()
            .filter(|(_, o)| o.judged.is_none())
            .map(|(k, _)| k.clone())
            .collect();
        behind
            .iter()
            .filter_map(|key| self.judge_one(key))
            .collect()
    }

    fn judge_one(&mut self, key: &str) -> Option<Message> {
        let open = self.open.get_mut(key)?;
        let judged = judge(open, &self.options);
        let params = PublishDiagnosticsParams {
            uri: open.uri.clone(),
            diagnostics: findings::told(&judged, &open.uri),
            version: Some(open.version),
        };
        open.judged = Some(judged);
        Some(notify("textDocument/publishDiagnostics", params))
    }

    fn request(&mut self, request: Request) -> Vec<Message> {
        let Request { id, method, params } = request;
        let mut messages = if self.state == State::Running {
            self.judge()
        } else {
            Vec::new()
        };
        let answer = match (self.state, method.as_str()) {
            (State::New, "initialize") => {
                self.state = State::Running;
                to_value(initialized())
            }
            (State::New, _) => Err((
                ErrorCode::ServerNotInitialized,
                "send `initialize` first".to_owned(),
            )),
            (State::ShutDown | State::Ended { .. }, _) => Err((
                ErrorCode::InvalidRequest,
                "the server is shut down".to_owned(),
            )),
            (State::Running, "shutdown") => {
                self.state = State::ShutDown;
                Ok(Value::Null)
            }
            (State::Running, method) => self.answer(method, params),
        };
        messages.push(Message::Response(match answer {
            Ok(value) => Response::new_ok(id, value),
            Err((code, message)) => Response::new_err(id, code as i32, message),
        }));
        messages
    }

    fn answer(&self, method: &str, params: Value) -> Answer {
        match method {
            "textDocument/hover" => {
                let HoverParams {
                    text_document_position_params: at,
                    ..
                } = read(params)?;
                to_value(
                    self.of(&at.text_document.uri)
                        .and_then(|open| self.hover(open, at.position)),
                )
            }
            "textDocument/codeAction" => {
                let params: CodeActionParams = read(params)?;
                let judged = self
                    .of(&params.text_document.uri)
                    .and_then(|open| open.judged.as_ref());
                to_value(
                    judged
                        .map(|judged| actions::actions(judged, &params))
                        .unwrap_or_default(),
                )
            }
            "textDocument/completion" => {
                let CompletionParams {
                    text_document_position: at,
                    ..
                } = read(params)?;
                let open = self
                    .of(&at.text_document.uri)
                    .filter(|open| open.is_configuration());
                to_value(
                    open.map(|open| complete::complete(open, at.position))
                        .unwrap_or_default(),
                )
            }
            other => Err((
                ErrorCode::MethodNotFound,
                format!("there is no method {}", crate::source::shown(other)),
            )),
        }
    }

    fn hover(&self, open: &Open, at: Position) -> Option<lsp_types::Hover> {
        // What was read before may have changed.
        let files = Files::default();
        let reader = Reader::new(
            &open.path,
            self.options.site.allow_roots.iter().map(PathBuf::as_path),
            &files,
        );
        let (documents, _) = parse_stream(SourceId::default(), &open.source());
        let document = documents.first().filter(|_| open.is_configuration())?;
        hover::hover(
            open,
            &document.document,
            &reader,
            self.options.site.terms,
            at,
        )
    }

    fn of(&self, uri: &Uri) -> Option<&Open> {
        self.open.get(uri.as_str())
    }

    /// Notifications have no answer, so one that cannot be read is left out.
    fn notification(&mut self, notification: Notification) -> Vec<Message> {
        let Notification { method, params } = notification;
        if method == "exit" {
            self.state = State::Ended {
                clean: self.state == State::ShutDown,
            };
        }
        if self.state != State::Running {
            return Vec::new();
        }
        match method.as_str() {
            "textDocument/didOpen" => {
                if let Ok(DidOpenTextDocumentParams { text_document: new }) = read(params) {
                    let key = new.uri.as_str().to_owned();
                    self.open
                        .insert(key, Open::new(new.uri, new.version, new.text));
                }
                Vec::new()
            }
            "textDocument/didChange" => {
                if let Ok(params) = read(params) {
                    self.change(params);
                }
                Vec::new()
            }
            "textDocument/didSave" => {
                // What other documents name may have been saved: all are judged again.
                if read::<DidSaveTextDocumentParams>(params).is_ok() {
                    self.open.values_mut().for_each(|open| open.judged = None);
                }
                Vec::new()
            }
            "textDocument/didClose" => match read(params) {
                Ok(params) => self.close(params),
                Err(_) => Vec::new(),
            },
            _ => Vec::new(),
        }
    }

    fn change(&mut self, params: DidChangeTextDocumentParams) {
        let Some(open) = self.open.get_mut(params.text_document.uri.as_str()) else {
            return;
        };
        // The client was told that whole texts are wanted, so the last one is the text.
        let last = params
            .content_changes
            .into_iter()
            .rfind(|change| change.range.is_none());
        if let Some(change) = last.filter(|_| params.text_document.version >= open.version) {
            open.version = params.text_document.version;
            open.text = change.text;
            open.judged = None;
        }
    }

    /// A closed document has no findings in the editor.
    fn close(&mut self, params: DidCloseTextDocumentParams) -> Vec<Message> {
        let uri = params.text_document.uri;
        let Some(_) = self.open.remove(uri.as_str()) else {
            return Vec::new();
        };
        let params = PublishDiagnosticsParams {
            uri,
            diagnostics: Vec::new(),
            version: None,
        };
        vec![notify("textDocument/publishDiagnostics", params)]
    }
}

fn judge(open: &Open, options: &Options) -> Judged {
    if open.is_configuration() {
        // Nothing is remembered from the last time: files change while the server runs.
        let options = compile::Options {
            shared: Arc::default(),
            ..options.site.clone()
        };
        return match compile::compile(compile::Given::alone(&open.path, open.source()), &options) {
            Ok(site) => Judged {
                sources: site.sources,
                id: site.id,
                diagnostics: site.diagnostics,
            },
            // A fault of this program is no finding of the document.
            Err(_) => Judged {
                sources: Sources::default(),
                id: SourceId::default(),
                diagnostics: Vec::new(),
            },
        };
    }
    let files = std::iter::once(open.source())
        .chain((options.beside)(&open.path))
        .collect();
    let cluster = cluster::judge(files, &options.cluster);
    Judged {
        sources: cluster.sources,
        id: SourceId::default(),
        diagnostics: cluster.diagnostics,
    }
}

fn initialized() -> InitializeResult {
    let kinds = vec![
        CodeActionKind::QUICKFIX,
        CodeActionKind::new(actions::FIX_ALL),
    ];
    let actions = CodeActionOptions {
        code_action_kinds: Some(kinds),
        ..CodeActionOptions::default()
    };
    InitializeResult {
        capabilities: ServerCapabilities {
            text_document_sync: Some(TextDocumentSyncCapability::Kind(TextDocumentSyncKind::FULL)),
            hover_provider: Some(HoverProviderCapability::Simple(true)),
            code_action_provider: Some(CodeActionProviderCapability::Options(actions)),
            completion_provider: Some(CompletionOptions::default()),
            document_formatting_provider: Some(OneOf::Left(false)),
            ..ServerCapabilities::default()
        },
        server_info: Some(ServerInfo {
            name: "trustc".to_owned(),
            version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        }),
    }
}

fn notify(method: &str, params: impl Serialize) -> Message {
    let params = serde_json::to_value(params).unwrap_or_default();
    Message::Notification(Notification {
        method: method.to_owned(),
        params,
    })
}

fn read<T: DeserializeOwned>(params: Value) -> Result<T, (ErrorCode, String)> {
    serde_json::from_value(params).map_err(|error| (ErrorCode::InvalidParams, error.to_string()))
}

fn to_value(answer: impl Serialize) -> Answer {
    serde_json::to_value(answer).map_err(|error| (ErrorCode::InternalError, error.to_string()))
}
