//! TRET and TSTO: a whole tree through one data connection (`docs/tree-stream.md`).

use wharf_storage::{Capabilities, ErrorKind};

use super::{Command, completes, pathname_argument, pathname_command};
use crate::{
    reply::Reply,
    server::{Context, Served, Transfer, TransferBody, Tree, TreeWay},
    spec::{Access, Clears, DataUse, Feature, Grammar, Spec},
};

pathname_command! {
    /// TRET: sends what the client asks for of a tree, in a tree stream.
    ///
    /// ```text
    /// C: TRET pub/photos
    /// S: 150 Opening data connection for a tree.
    /// S: 226 Tree complete.
    /// ```
    Tret
}

impl Command for Tret {
    const SPEC: Spec = Spec {
        verb: "TRET",
        reference: "docs/tree-stream.md",
        help: "Receive a tree of files in one stream.",
        argument: Grammar::Optional("pathname"),
        good: &["", "pub/photos"],
        access: Access::READ.union(Access::LIST),
        data: DataUse::Sends,
        clears: Clears::all(),
        feature: Feature::Line("TRET 1"),
        replies: &[150, 226, 425, 426, 451, 550],
        ..Spec::DENY
    };

    completes!();

    pathname_argument!();

    async fn serve(self, context: &mut Context<'_>) -> Served {
        tree(context, self.pathname.as_bytes(), TreeWay::Send)
    }
}

pathname_command! {
    /// TSTO: receives a tree in a tree stream; what became of each entry is said in the other direction.
    ///
    /// Each file appears when it is complete, as with STOR.
    ///
    /// ```text
    /// C: TSTO www
    /// S: 150 Opening data connection for a tree.
    /// S: 226 Tree complete.
    /// ```
    Tsto
}

impl Command for Tsto {
    const SPEC: Spec = Spec {
        verb: "TSTO",
        reference: "docs/tree-stream.md",
        help: "Store a tree of files from one stream.",
        argument: Grammar::Optional("pathname"),
        good: &["", "www"],
        access: Access::LIST.union(STORES),
        data: DataUse::Receives,
        clears: Clears::all(),
        needs: Capabilities::WRITE,
        feature: Feature::Line("TSTO 1"),
        replies: &[150, 226, 425, 426, 451, 550],
        ..Spec::DENY
    };

    completes!();

    pathname_argument!();

    async fn serve(self, context: &mut Context<'_>) -> Served {
        tree(context, self.pathname.as_bytes(), TreeWay::Receive)
    }
}

/// What TSTO does with files and directories.
const STORES: Access = Access::CREATE.union(Access::OVERWRITE).union(Access::MAKE_DIR).union(Access::TIMES);

/// Who may not do all of it at the base uses commands for single files. What there is to say of single entries, where
/// less may be permitted, is said in the stream.
fn tree(context: &Context<'_>, base: &[u8], way: TreeWay) -> Served {
    let base = context.resolve(base)?;
    if !context.storage()?.permits(context.spec.access, &base) {
        return Err(ErrorKind::PermissionDenied.into());
    }
    let tree = Tree { way, storage: context.guarded_storage()?, base: base.clone() };
    let transfer = Transfer::new(TransferBody::Tree(tree))
        .opening(Reply::new(150, "Opening data connection for a tree."))
        .completion(Reply::new(226, "Tree complete."))
        .pathname(base);
    Ok(transfer.into())
}
