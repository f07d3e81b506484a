use std::{collections::BTreeMap, future::Future, pin::Pin};

use super::{
    Argument, ArgumentError, Command, Handler, abort, attribute, data_port, directory, feature, hash, host,
    listing, login,
};
use super::{parameter, protection, rename, site, status, transfer, tree};
use crate::{
    server::{Context, Served},
    spec::{Grammar, Spec},
};

/// The commands that a server knows.
#[derive(Clone, Debug)]
pub struct Registry {
    commands: BTreeMap<&'static str, Registered>,
}

/// A command in the registry, its type forgotten.
#[derive(Clone, Copy, Debug)]
pub struct Registered {
    /// Its row in the table.
    pub spec: &'static Spec,
    rewrite: fn(Argument) -> Result<Vec<u8>, ArgumentError>,
    serve: for<'a> fn(Argument, &'a mut Context<'_>) -> Serving<'a>,
}

type Serving<'a> = Pin<Box<dyn Future<Output = Result<Served, ArgumentError>> + Send + 'a>>;

impl Registry {
    /// No command.
    pub fn empty() -> Self {
        Self { commands: BTreeMap::new() }
    }

    /// The commands of this crate. One line for each.
    pub fn standard() -> Self {
        Self::empty()
            .with::<host::Host>()
            .with::<login::User>()
            .with::<login::Pass>()
            .with::<login::Acct>()
            .with::<login::Rein>()
            .with::<login::Quit>()
            .with::<protection::Auth>()
            .with::<protection::Pbsz>()
            .with::<protection::Prot>()
            .with::<protection::Ccc>()
            .with::<directory::Pwd>()
            .with::<directory::Cwd>()
            .with::<directory::Cdup>()
            .with::<directory::Mkd>()
            .with::<directory::Rmd>()
            .with::<parameter::Type>()
            .with::<parameter::Stru>()
            .with::<parameter::Mode>()
            .with::<data_port::Pasv>()
            .with::<data_port::Epsv>()
            .with::<data_port::Port>()
            .with::<data_port::Eprt>()
            .with::<transfer::Retr>()
            .with::<transfer::Stor>()
            .with::<transfer::Appe>()
            .with::<transfer::Stou>()
            .with::<transfer::Allo>()
            .with::<transfer::Rest>()
            .with::<tree::Tret>()
            .with::<tree::Tsto>()
            .with::<abort::Abor>()
            .with::<rename::Rnfr>()
            .with::<rename::Rnto>()
            .with::<rename::Dele>()
            .with::<listing::List>()
            .with::<listing::Nlst>()
            .with::<listing::Mlst>()
            .with::<listing::Mlsd>()
            .with::<attribute::Size>()
            .with::<attribute::Mdtm>()
            .with::<attribute::Mfmt>()
            .with::<hash::Hash>()
            .with::<hash::OptsHash>()
            .with::<hash::Xcrc>()
            .with::<hash::Xmd5>()
            .with::<hash::Xsha1>()
            .with::<hash::Xsha256>()
            .with::<hash::Xsha512>()
            .with::<feature::Feat>()
            .with::<feature::Opts>()
            .with::<feature::OptsUtf8>()
            .with::<feature::OptsMlst>()
            .with::<status::Syst>()
            .with::<status::Stat>()
            .with::<status::Help>()
            .with::<status::Noop>()
            .with::<status::Clnt>()
            .with::<site::Site>()
            .with::<site::SiteHelp>()
            .with::<site::SiteChmod>()
    }

    /// Adds a command; one with the same verb gives way to it, aliases too.
    #[must_use]
    pub fn with<C: Command>(self) -> Self {
        self.with_registered(Registered {
            spec: const { &C::SPEC },
            rewrite: rewrite::<C>,
            serve: serve::<C>,
        })
    }

    /// Adds a handler; a command with the same verb gives way to it, aliases too.
    #[must_use]
    pub fn with_handler<H: Handler>(self) -> Self {
        self.with_registered(Registered { spec: const { &H::SPEC }, rewrite: keep, serve: handle::<H> })
    }

    fn with_registered(self, registered: Registered) -> Self {
        let mut others = self.without(registered.spec.verb);
        others.commands.extend(registered.spec.verbs().map(|verb| (verb, registered)));
        others
    }

    /// Takes a command away, aliases too: it is answered as an unknown one.
    #[must_use]
    pub fn without(mut self, verb: &str) -> Self {
        if let Some(gone) = self.commands.get(verb).map(|registered| registered.spec.verb) {
            self.commands.retain(|_, registered| registered.spec.verb != gone);
        }
        self
    }

    /// The command that `line` begins with, in any letter case, and its argument.
    ///
    /// Verbs of two words (`SITE CHMOD`, `OPTS UTF8`) are found first, then those of one.
    pub fn lookup(&self, line: &[u8]) -> Option<(Registered, Argument)> {
        let word_ends = line.iter().enumerate().filter(|(_, octet)| **octet == b' ').map(|(at, _)| at);
        let mut ends = word_ends.chain([line.len()]);
        let first = ends.next()?;
        let second = ends.next();
        second.into_iter().chain([first]).find_map(|end| {
            let (verb, rest) = line.split_at_checked(end)?;
            let verb = std::str::from_utf8(verb).ok()?.to_ascii_uppercase();
            let argument = rest.strip_prefix(b" ").unwrap_or(rest);
            Some((*self.commands.get(verb.as_str())?, Argument::new(argument).ok()?))
        })
    }

    /// Whether there are verbs of two words that begin with this one (SITE, OPTS): where none of them fits, what stands behind
    /// it is a verb that nobody knows, and whatever comes with that.
    pub fn is_family(&self, verb: &str) -> bool {
        let mut first_words = self.commands.keys().filter_map(|known| known.split_once(' '));
        first_words.any(|(first, _)| first == verb)
    }

    /// Every command once, in the order of the verbs.
    pub fn iter(&self) -> impl Iterator<Item = Registered> {
        self.commands
            .iter()
            .filter(|(verb, registered)| **verb == registered.spec.verb)
            .map(|(_, found)| *found)
    }
}

impl Registered {
    /// Reads the argument and writes it again as the command itself would send it.
    ///
    /// # Errors
    /// What is wrong with the argument.
    pub fn rewrite(&self, argument: Argument) -> Result<Vec<u8>, ArgumentError> {
        self.check_grammar(&argument)?;
        (self.rewrite)(argument)
    }

    pub(crate) async fn serve(
        &self,
        argument: Argument,
        context: &mut Context<'_>,
    ) -> Result<Served, ArgumentError> {
        self.check_grammar(&argument)?;
        (self.serve)(argument, context).await
    }

    fn check_grammar(&self, argument: &Argument) -> Result<(), ArgumentError> {
        match self.spec.argument {
            Grammar::None if !argument.is_empty() => Err(ArgumentError::Unexpected),
            Grammar::Required(_) if argument.is_empty() => Err(ArgumentError::Missing),
            _ => Ok(()),
        }
    }
}

fn rewrite<C: Command>(argument: Argument) -> Result<Vec<u8>, ArgumentError> {
    C::parse(argument).map(|command| command.argument().into_owned())
}

fn keep(argument: Argument) -> Result<Vec<u8>, ArgumentError> {
    Ok(argument.as_bytes().to_vec())
}

fn handle<'a, H: Handler>(argument: Argument, context: &'a mut Context<'_>) -> Serving<'a> {
    Box::pin(async move { Ok(H::serve(argument, context).await) })
}

fn serve<'a, C: Command>(argument: Argument, context: &'a mut Context<'_>) -> Serving<'a> {
    Box::pin(async move { Ok(C::parse(argument)?.serve(context).await) })
}
