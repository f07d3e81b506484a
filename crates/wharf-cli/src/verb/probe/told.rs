use std::borrow::Cow;

use wharf::core::{
    command::{Argument, ArgumentError, Command},
    reply::Reply,
    spec::Spec,
};

/// A command whose reply is wanted, beside what the reply says.
#[derive(Debug)]
pub(super) struct Told<C>(pub(super) C);

impl<C: Command> Command for Told<C> {
    const SPEC: Spec = C::SPEC;

    type Output = (C::Output, Reply);

    fn parse(argument: Argument) -> Result<Self, ArgumentError> {
        C::parse(argument).map(Self)
    }

    fn argument(&self) -> Cow<'_, [u8]> {
        self.0.argument()
    }

    fn accept(&self, reply: &Reply) -> Option<Self::Output> {
        Some((self.0.accept(reply)?, reply.clone()))
    }
}
