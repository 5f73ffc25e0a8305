//! `trustc lsp`: a language server over standard input and output.

use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use clap::Args;
use lsp_server::Message;

use super::{Clock, Exit, Printer, Stop, Streams};
use crate::admission::Crds;
use crate::batch::manifests_beside;
use crate::lsp::{Options, Server};
use crate::source::Source;
use crate::{cluster, compile};

/// Findings, fixes and explanations in an editor, by the Language Server Protocol.
///
/// Reads and writes messages on standard input and output; editors start it by themselves. Findings are those of
/// `trustc check`, while typing.
#[derive(Debug, Args)]
pub(super) struct LspArgs {
    /// Another folder that certificate files may be read from
    #[arg(long, value_name = "DIR")]
    allow_root: Vec<PathBuf>,
    /// For manifests: cert-manager's cluster resource namespace, and so trust-manager's trust namespace
    #[arg(long, value_name = "NAME", default_value = "cert-manager")]
    trust_namespace: String,
    #[command(flatten)]
    clock: Clock,
    /// Editors say this; messages always go over standard input and output
    #[arg(long, hide = true)]
    stdio: bool,
}

/// How long a document must have been left alone before it is judged.
const PAUSE: Duration = Duration::from_millis(120);
/// A message of this size holds no document that anybody edits.
const MAX_MESSAGE: usize = 64 * 1024 * 1024;
const MAX_HEADER: u64 = 4096;

/// What the reading thread hands over.
enum Event {
    Message(Message),
    /// A message that is none, in a frame that is one.
    Nonsense,
    Broken(io::Error),
}

pub(super) fn run(args: &LspArgs, streams: &mut Streams<'_>) -> Result<Exit, Stop> {
    let Streams { input, output, .. } = streams;
    let mut server = Server::new(options(args));
    let (sender, events) = channel();
    std::thread::scope(|scope| {
        let mut input = BufReader::new(&mut **input);
        scope.spawn(move || {
            // Ends with the stream, with the first frame that is none, or when nobody listens any more.
            while let Some(event) = next(&mut input) {
                let last = matches!(&event, Event::Broken(_)) || is_exit(&event);
                if sender.send(event).is_err() || last {
                    break;
                }
            }
        });
        serve(args, &mut server, &events, output)
    })
}

fn options(args: &LspArgs) -> Options {
    let terms = args.clock.terms();
    let site = compile::Options {
        terms,
        allow_roots: args.allow_root.clone(),
        engine: None,
        shared: Arc::default(),
    };
    let trust_namespace = args.trust_namespace.clone();
    let crds = Crds::default();
    let cluster = cluster::Options {
        trust_namespace,
        terms,
        expected: None,
        crds,
        lenient: true,
    };
    Options {
        site,
        cluster,
        beside,
    }
}

fn beside(path: &Path) -> Vec<Source> {
    manifests_beside(path).unwrap_or_default()
}

fn serve(
    args: &LspArgs,
    server: &mut Server,
    events: &Receiver<Event>,
    output: &mut Printer<'_>,
) -> Result<Exit, Stop> {
    let mut due: Option<Instant> = None;
    loop {
        let wait = due.map_or(Duration::MAX, |due| {
            due.saturating_duration_since(Instant::now())
        });
        let received = if due.is_some() {
            events.recv_timeout(wait)
        } else {
            events.recv().map_err(|_| RecvTimeoutError::Disconnected)
        };
        let terms = args.clock.terms();
        (server.options.site.terms, server.options.cluster.terms) = (terms, terms);
        let answers = match received {
            Ok(Event::Message(message)) => server.handle(message),
            Ok(Event::Nonsense) => Vec::new(),
            Ok(Event::Broken(error)) => {
                return Err(Stop::Failed(format!("no message of an editor: {error}")));
            }
            Err(RecvTimeoutError::Timeout) => server.judge(),
            // An editor that went away without a word.
            Err(RecvTimeoutError::Disconnected) => return Ok(Exit::Findings),
        };
        for answer in answers {
            let mut framed = Vec::new();
            answer.write(&mut framed)?;
            let text = String::from_utf8_lossy(&framed);
            // The frame is made anew, as escapes change the length.
            let (_, body) = text.split_once("\r\n\r\n").unwrap_or_default();
            output.message(body)?;
        }
        if let Some(clean) = server.ended() {
            return Ok(if clean { Exit::Clean } else { Exit::Findings });
        }
        due = server.is_behind().then(|| Instant::now() + PAUSE);
    }
}

fn is_exit(event: &Event) -> bool {
    matches!(event, Event::Message(Message::Notification(notification)) if notification.method == "exit")
}

/// The next message; none at the end of the stream. lsp-server's own reader trusts any length, and echoes what it
/// cannot read.
fn next(input: &mut impl BufRead) -> Option<Event> {
    let broken = |why: &str| {
        Some(Event::Broken(io::Error::new(
            io::ErrorKind::InvalidData,
            why.to_owned(),
        )))
    };
    let mut length = None;
    loop {
        let mut line = Vec::new();
        match input.by_ref().take(MAX_HEADER).read_until(b'\n', &mut line) {
            Ok(0) => return None,
            Ok(_) if !line.ends_with(b"\n") => return broken("a header that never ends"),
            Ok(_) => {}
            Err(error) => return Some(Event::Broken(error)),
        }
        let Ok(line) = std::str::from_utf8(&line) else {
            return broken("a header that is no text");
        };
        if line.trim().is_empty() {
            break;
        }
        let Some((name, value)) = line.split_once(':') else {
            return broken("a header without a colon");
        };
        if name.eq_ignore_ascii_case("content-length") {
            length = value
                .trim()
                .parse::<usize>()
                .ok()
                .filter(|length| *length <= MAX_MESSAGE);
            if length.is_none() {
                return broken("a Content-Length that is no number of bytes up to 64 MiB");
            }
        }
    }
    let Some(length) = length else {
        return broken("a message without Content-Length");
    };
    let mut body = vec![0; length];
    match input.read_exact(&mut body) {
        Ok(()) => Some(serde_json::from_slice(&body).map_or(Event::Nonsense, Event::Message)),
        Err(error) => Some(Event::Broken(error)),
    }
}
