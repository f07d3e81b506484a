//! Where lines come from: a terminal, with a history and completion, or anything else, line by line.

use std::{
    fs,
    io::{self, BufRead, IsTerminal},
    path::PathBuf,
    thread,
};

use rustyline::{
    CompletionType, Config, Context, Editor, Helper,
    completion::{Completer, FilenameCompleter, Pair},
    error::ReadlineError,
    highlight::Highlighter,
    hint::Hinter,
    history::FileHistory,
    validate::Validator,
};
use tokio::{
    runtime::Handle,
    sync::{mpsc, oneshot},
};
use wharf::{Client, core::pathname::escape_for_display};

use super::line;
use crate::{configuration, exit::Failure, terminal::Terminal, url, url::Url};

/// Commands whose first words are files of this machine.
const LOCAL: [&str; 2] = ["put", "lcd"];

/// What came.
pub(super) enum Typed {
    Line(String),
    /// Ctrl-C.
    Nothing,
    /// The end of the input.
    End,
}

/// Asks for lines on a thread of its own, which nobody waits for: a read of a terminal cannot be cancelled.
pub(super) struct Prompt {
    questions: mpsc::UnboundedSender<Question>,
    terminal: Terminal,
}

struct Question {
    prompt: String,
    directory: Vec<u8>,
    answer: oneshot::Sender<Result<Typed, Failure>>,
}

impl Prompt {
    /// Starts the thread.
    ///
    /// # Errors
    /// There is no such thread or terminal.
    pub(super) fn start(client: Client, verbs: Vec<String>) -> Result<Self, Failure> {
        let (questions, asked) = mpsc::unbounded_channel();
        let runtime = Handle::current();
        let terminal = Terminal::now();
        let ask: Box<dyn FnOnce() + Send> = match io::stdin().is_terminal() {
            true => {
                let config = Config::builder().completion_type(CompletionType::List).build();
                let mut editor = Editor::with_config(config).map_err(|error| fails(&error))?;
                editor.set_helper(Some(Remote { runtime, client, verbs, directory: Vec::new() }));
                Box::new(move || edit(editor, asked))
            }
            false => Box::new(move || read(asked)),
        };
        let started = thread::Builder::new().name("prompt".to_owned()).spawn(ask);
        started.map_err(|error| fails(&error))?;
        Ok(Self { questions, terminal })
    }

    /// The next line.
    ///
    /// # Errors
    /// The terminal cannot be read.
    pub(super) async fn next(&self, url: &Url, directory: Vec<u8>) -> Result<Typed, Failure> {
        let (answer, answered) = oneshot::channel();
        let user = url.user.as_ref().map(|user| format!("{}@", escape_for_display(user))).unwrap_or_default();
        let host = escape_for_display(url.host.as_bytes());
        let prompt = format!("{user}{host}:{}> ", escape_for_display(&directory));
        // A thread that is gone answers nothing.
        let _ = self.questions.send(Question { prompt, directory, answer });
        answered.await.unwrap_or(Ok(Typed::End))
    }

    /// Sets the terminal as it was before a question that nobody will answer.
    pub(super) fn restore(&self) {
        self.terminal.restore();
    }
}

/// Asks on a terminal.
fn edit(mut editor: Editor<Remote, FileHistory>, mut asked: mpsc::UnboundedReceiver<Question>) {
    let history = history();
    if let Some(history) = &history {
        // The first time there is none.
        let _ = editor.load_history(history);
    }
    while let Some(Question { prompt, directory, answer }) = asked.blocking_recv() {
        if let Some(helper) = editor.helper_mut() {
            helper.directory = directory;
        }
        let typed = match editor.readline(&prompt) {
            Ok(line) => {
                if line::may_be_kept(&line) {
                    let _ = editor.add_history_entry(line.as_str());
                }
                Ok(Typed::Line(line))
            }
            Err(ReadlineError::Interrupted) => Ok(Typed::Nothing),
            Err(ReadlineError::Eof) => Ok(Typed::End),
            Err(error) => Err(fails(&error)),
        };
        if let Some(history) = &history {
            // Without a history it works as well.
            let _ = editor.append_history(history);
        }
        if answer.send(typed).is_err() {
            return;
        }
    }
}

/// Reads lines that no terminal sends.
fn read(mut asked: mpsc::UnboundedReceiver<Question>) {
    let mut lines = io::stdin().lock().lines();
    while let Some(question) = asked.blocking_recv() {
        let typed = match lines.next() {
            Some(line) => line.map(Typed::Line).map_err(|error| fails(&error)),
            None => Ok(Typed::End),
        };
        if question.answer.send(typed).is_err() {
            return;
        }
    }
}

/// The file of what was typed before, readable by its owner only.
fn history() -> Option<PathBuf> {
    let path = configuration::file("history")?;
    fs::create_dir_all(path.parent()?).ok()?;
    Some(path)
}

/// Completes commands, pathnames of the server, and files of this machine.
struct Remote {
    runtime: Handle,
    client: Client,
    verbs: Vec<String>,
    directory: Vec<u8>,
}

impl Remote {
    /// What could stand in place of `word`, a pathname as far as it is typed.
    fn pathnames(&self, word: &str) -> Vec<String> {
        let (above, begin) = word.rfind('/').map_or(("", word), |slash| word.split_at(slash + 1));
        let directory = match above {
            "" => self.directory.clone(),
            "/" => b"/".to_vec(),
            absolute if absolute.starts_with('/') => absolute.trim_end_matches('/').as_bytes().to_vec(),
            relative => url::join(&self.directory, relative.trim_end_matches('/').as_bytes()),
        };
        // A directory that cannot be listed has nothing to offer.
        let entries = self.runtime.block_on(self.client.list(&directory).all()).unwrap_or_default();
        let mut found: Vec<String> = entries
            .iter()
            .filter_map(|entry| {
                let name = std::str::from_utf8(&entry.name).ok()?;
                let plain = !name.contains(char::is_control);
                let slash = if entry.is_dir() { "/" } else { "" };
                (plain && name.starts_with(begin)).then(|| format!("{above}{name}{slash}"))
            })
            .collect();
        found.sort_unstable();
        found
    }
}

impl Completer for Remote {
    type Candidate = Pair;

    fn complete(
        &self,
        text: &str,
        position: usize,
        context: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<Pair>)> {
        let typed = text.get(..position).unwrap_or(text);
        let (start, word) = line::last(typed);
        let verb = typed.split_whitespace().next().unwrap_or_default();
        let pair = |word: &str| Pair {
            display: escape_for_display(word.as_bytes()).to_string(),
            replacement: line::quoted(word).into_owned(),
        };
        if typed.get(..start).is_none_or(|before| before.trim().is_empty()) {
            let verbs = self.verbs.iter().filter(|verb| verb.starts_with(&word));
            return Ok((start, verbs.map(|verb| pair(verb)).collect()));
        }
        if LOCAL.contains(&verb) {
            return FilenameCompleter::new().complete(text, position, context);
        }
        Ok((start, self.pathnames(&word).iter().map(|word| pair(word)).collect()))
    }
}

impl Hinter for Remote {
    type Hint = String;
}

impl Highlighter for Remote {}
impl Validator for Remote {}
impl Helper for Remote {}

fn fails(reason: &dyn std::fmt::Display) -> Failure {
    Failure::local("cannot ask for a line", reason)
}
