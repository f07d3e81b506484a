//! What the program can be told to do: one file for each verb, and its line in the list below.

mod bench;
mod bookmark;
mod cat;
mod chmod;
mod completions;
mod config;
mod du;
mod find;
mod get;
mod hash;
mod kick;
mod ls;
mod man;
mod mkdir;
mod mv;
mod password;
mod probe;
mod put;
mod raw;
mod rm;
mod serve;
mod sessions;
mod shell;
mod stat;
mod sync;
mod touch;
mod tree;
mod user;
mod watch;

use std::time::Duration;

use clap::{ArgMatches, Args, Command, FromArgMatches, Subcommand};
use tokio::time::timeout;

use crate::{
    connection::Options,
    exit::{Exit, Failure},
    output::Output,
    runtime,
    session::Session,
    site::{Place, Site},
    url,
};

/// A verb that does its work on one server.
pub(crate) trait RemoteVerb: Args {
    /// Examples of its use, one on each line, at the foot of its help.
    const EXAMPLES: &'static str;

    /// The place that says which server is meant.
    fn place(&self) -> &Place;

    /// Whether it does without the last place in the shell, where it is the working directory then.
    const HERE: bool = false;

    /// What can be known to be wrong before any URL is read.
    ///
    /// # Errors
    /// [`Exit::Usage`](crate::exit::Exit::Usage).
    fn check_order(&self) -> Result<(), Failure> {
        Ok(())
    }

    /// What can be known to be wrong before anything is connected to.
    ///
    /// # Errors
    /// [`Exit::Usage`](crate::exit::Exit::Usage) for the most part.
    fn check(&self, _site: &Site) -> Result<(), Failure> {
        Ok(())
    }

    /// Does the work.
    ///
    /// # Errors
    /// Why it could not be done. What was done in part and told of is in [`Session::finish`].
    async fn run(&self, session: &mut Session) -> Result<(), Failure>;

    /// A word on how it is gone on with, after it was interrupted.
    fn again(&self) -> Option<&'static str> {
        None
    }

    /// Takes back what must not stay, after the work was interrupted.
    async fn clean_up(&self, _session: &mut Session) {}
}

/// How long taking something back may hold up the end after an interrupt.
const CLEAN_UP: Duration = Duration::from_secs(10);

/// A verb that looks after itself.
pub(crate) trait OwnVerb: Args {
    /// Examples of its use, one on each line, at the foot of its help.
    const EXAMPLES: &'static str;

    /// Does the work.
    ///
    /// # Errors
    /// Why it could not be done.
    fn run(self, output: Output) -> Result<(), Failure>;
}

/// The verbs: those on a server stand on the command line with the options of a connection, and in `wharf shell` without.
macro_rules! verbs {
    (
        remote { $($remote:ident($remote_module:ident),)+ }
        own { $($own:ident($own_module:ident),)+ }
    ) => {
        #[derive(Debug, Subcommand)]
        #[allow(clippy::large_enum_variant, reason = "there is one of it")]
        pub(crate) enum Verb {
            $($remote(OnServer<$remote_module::$remote>),)+
            $($own(Alone<$own_module::$own>),)+
        }

        /// The verbs as they are in the shell.
        #[derive(Debug, Subcommand)]
        #[allow(clippy::large_enum_variant, reason = "there is one of it")]
        pub(crate) enum InShell {
            $($remote($remote_module::$remote),)+
        }

        impl InShell {
            /// Whether the verb of this name does without a place.
            pub(crate) fn is_here(name: &str) -> bool {
                let verbs = [$((stringify!($remote), $remote_module::$remote::HERE),)+];
                verbs.iter().any(|(verb, here)| *here && verb.eq_ignore_ascii_case(name))
            }

            /// Does what was told.
            ///
            /// # Errors
            /// Why it could not be done.
            pub(crate) async fn run(&self, session: &mut Session) -> Result<(), Failure> {
                match self {
                    $(Self::$remote(verb) => {
                        verb.check(&session.site)?;
                        run(verb, session).await?;
                    })+
                }
                session.verdict()
            }
        }

        impl Verb {
            /// Does what was told.
            ///
            /// # Errors
            /// Why it could not be done.
            pub(crate) fn run(self, output: Output) -> Result<(), Failure> {
                match self {
                    $(Self::$remote(verb) => verb.run(output),)+
                    $(Self::$own(verb) => verb.0.run(output),)+
                }
            }
        }
    };
}

verbs! {
    remote {
        Get(get),
        Put(put),
        Ls(ls),
        Tree(tree),
        Find(find),
        Stat(stat),
        Cat(cat),
        Du(du),
        Hash(hash),
        Rm(rm),
        Mkdir(mkdir),
        Mv(mv),
        Chmod(chmod),
        Touch(touch),
        Raw(raw),
        Bench(bench),
    }
    own {
        Probe(probe),
        Sync(sync),
        Watch(watch),
        Shell(shell),
        Bookmark(bookmark),
        Password(password),
        Completions(completions),
        Man(man),
        Config(config),
        User(user),
        Serve(serve),
        Sessions(sessions),
        Kick(kick),
    }
}

/// A verb with the options of a connection.
#[derive(Debug)]
pub(crate) struct OnServer<V> {
    verb: V,
    connection: Options,
}

impl<V: RemoteVerb> OnServer<V> {
    fn run(&self, output: Output) -> Result<(), Failure> {
        self.verb.check_order()?;
        let url = self.verb.place().url()?;
        let site = Site::of(url, self.connection.server.charset);
        self.verb.check(&site)?;
        let target = self.connection.target(site.url.clone())?;
        runtime::block_on(async {
            let client = self.connection.client(&target)?;
            let opened = Session::open(client, site, output, self.connection.server.quiet);
            let mut session =
                runtime::or_interrupted(async { opened.await.map_err(|error| target.fails(error)) }).await?;
            run(&self.verb, &mut session).await.map_err(|failure| target.named_in(failure))?;
            session.finish().await
        })
    }
}

/// Does the work until it ends or is interrupted, and takes back then what must not stay.
async fn run(verb: &impl RemoteVerb, session: &mut Session) -> Result<(), Failure> {
    let done = runtime::or_interrupted(verb.run(session)).await;
    match done {
        Err(failure) if failure.exit == Exit::Interrupted => {
            // If that takes too long, it stays.
            let _ = timeout(CLEAN_UP, verb.clean_up(session)).await;
            Err(match verb.again() {
                Some(again) => failure.hint(again),
                None => failure,
            })
        }
        done => done,
    }
}

/// A verb by itself.
#[derive(Debug)]
pub(crate) struct Alone<V>(V);

impl<V: RemoteVerb> Args for OnServer<V> {
    fn augment_args(command: Command) -> Command {
        // The description is the verb's: whoever comes last has the say.
        let command = Options::augment_args(command).next_help_heading(None);
        V::augment_args(command).after_help(foot(V::EXAMPLES, url::HELP))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl<V: RemoteVerb> FromArgMatches for OnServer<V> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        Ok(Self { verb: V::from_arg_matches(matches)?, connection: Options::from_arg_matches(matches)? })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl<V: OwnVerb> Args for Alone<V> {
    fn augment_args(command: Command) -> Command {
        let command = V::augment_args(command);
        let more = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        command.after_help(foot(V::EXAMPLES, &more))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl<V: OwnVerb> FromArgMatches for Alone<V> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        V::from_arg_matches(matches).map(Self)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// The foot of a verb's help.
fn foot(examples: &str, more: &str) -> String {
    let examples = examples.lines().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n");
    format!("Examples:\n{examples}\n\n{more}").trim_end().to_owned()
}

/// The first of several places: which server is meant, the others have to agree with.
#[allow(clippy::indexing_slicing, reason = "they are required arguments")]
fn first(places: &[Place]) -> &Place {
    &places[0]
}
