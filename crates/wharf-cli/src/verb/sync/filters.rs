use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches, error::ErrorKind};
use wharf::client::sync::Filter;

const INCLUDE: &str = "include";
const EXCLUDE: &str = "exclude";

/// The rules of `--include` and `--exclude`, in the order in which they were given.
#[derive(Clone, Debug, Default)]
pub(in crate::verb) struct Filters {
    pub(in crate::verb) filter: Filter,
}

impl Args for Filters {
    fn augment_args(command: Command) -> Command {
        let rule = |name| Arg::new(name).long(name).value_name("PATTERN").action(ArgAction::Append);
        let exclude = "Leave out what the pattern matches: '*.tmp' at any depth, '/cache/' a directory in SRC, 'a/**/b'; \
                       of several patterns, the first that matches decides";
        command.args([
            rule(EXCLUDE).help(exclude),
            rule(INCLUDE).help("Take what the pattern matches, before what a later --exclude leaves out"),
        ])
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Filters {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let of = |name: &'static str| {
            let patterns = matches.get_many::<String>(name).unwrap_or_default();
            let places = matches.indices_of(name).unwrap_or_default();
            places.zip(patterns).map(move |(place, pattern)| (place, name, pattern))
        };
        let mut rules: Vec<_> = of(INCLUDE).chain(of(EXCLUDE)).collect();
        rules.sort_unstable();
        let mut filter = Filter::new();
        for (_, name, pattern) in rules {
            let added = if name == INCLUDE { filter.include(pattern) } else { filter.exclude(pattern) };
            filter = added.map_err(|error| {
                clap::Error::raw(ErrorKind::ValueValidation, format!("--{name}: {error}\n"))
            })?;
        }
        Ok(Self { filter })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wharf::client::sync::RelativePath;

    fn admits(arguments: &[&str], path: &str) -> bool {
        let command = Filters::augment_args(Command::new("sync").no_binary_name(true));
        let matches = command.try_get_matches_from(arguments).unwrap();
        let filter = Filters::from_arg_matches(&matches).unwrap().filter;
        filter.admits(&RelativePath::parse(path.as_bytes()).unwrap(), false)
    }

    #[test]
    fn the_first_rule_that_matches_decides() {
        assert!(admits(&[], "a.tmp"));
        assert!(!admits(&["--exclude", "*.tmp"], "below/a.tmp"));
        assert!(admits(&["--include", "a.tmp", "--exclude", "*.tmp"], "a.tmp"));
        assert!(!admits(&["--exclude", "*.tmp", "--include", "a.tmp"], "a.tmp"));
        assert!(!admits(&["--exclude", "b", "--include", "a.tmp", "--exclude", "*.tmp"], "c.tmp"));
    }
}
