//! Whether a command may run now. It reads Spec fields, never verbs, and refuses by default.

use wharf_storage::Capabilities;

use crate::{
    failure::Failure,
    protection::ProtectionLevel,
    session::{DataPlan, Session},
    settings::Settings,
    spec::{DataUse, Login, Opening, Spec},
};

/// Refuses a command that may not run in this state of the session.
///
/// # Errors
/// 530 not logged in or not protected, 502 not offered here, 521 data must be private, 501 after `EPSV ALL`, 425 no data connection planned.
pub fn check(spec: &Spec, session: &Session, settings: &Settings) -> Result<(), Failure> {
    let capabilities = match (session.principal(), spec.login) {
        (Some(principal), _) => principal.storage().capabilities(),
        (None, Login::NotRequired) => Capabilities::all(),
        (None, Login::Required) => return Err(Failure::new(530, "Please login with USER and PASS.")),
    };
    if !is_offered(spec, capabilities, settings) {
        return Err(Failure::new(502, "Command not offered by this server."));
    }
    let required = session.required_protection();
    if spec.identifies && required.control && !session.protection.control {
        return Err(Failure::new(530, "TLS is required here, send AUTH TLS first."));
    }
    if spec.transfers() && required.data && session.protection.level != ProtectionLevel::Private {
        return Err(Failure::new(521, "Data connections must be private here, send PROT P first."));
    }
    match spec.data {
        DataUse::Opens(Opening::Passive | Opening::Active) if session.extended_passive_only => {
            Err(Failure::new(501, "Only EPSV is allowed after EPSV ALL."))
        }
        DataUse::Sends | DataUse::Receives if session.data_plan == DataPlan::None => {
            Err(Failure::new(425, "Use EPSV, PASV, EPRT or PORT first."))
        }
        _ => Ok(()),
    }
}

/// Whether the command can work at all with this storage and these settings: FEAT and HELP show it then.
pub fn is_offered(spec: &Spec, capabilities: Capabilities, settings: &Settings) -> bool {
    capabilities.contains(spec.needs)
        && (settings.tls || !spec.needs_tls)
        && (settings.host_names || !spec.needs_host_names)
        && (settings.hashing || !spec.needs_hashing)
        && (settings.active_mode || spec.data != DataUse::Opens(Opening::Active))
}
