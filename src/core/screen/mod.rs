//! May this be answered at all? SCREENING as code: envelope, header and MIME;
//! wording only as a second signal. Decides nothing about topics or places.

mod authentication;
mod wording;

use super::address::Address;
use super::directory::Directory;
use super::inquiry::{Header, Inquiry, ReturnPath};
use super::policy::{Policy, Verify};
use super::reason::Reason;
use authentication::Verdict;

/// Who wrote, and may they be answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Screened {
    /// A person; an automatic reply may go to this one address.
    Person(Address),
    /// A person, or not certainly a machine: no automatic reply, a person looks.
    Hold(Reason),
    /// A machine, list, report or our own mail: nothing goes anywhere.
    Machine(Reason),
}

/// Screens a message: first what shows a machine, then what forbids a reply.
pub fn screen(inquiry: &Inquiry, policy: &Policy, directory: &Directory) -> Screened {
    let machine = own_mail(inquiry, policy)
        .or_else(|| report(inquiry))
        .or_else(|| envelope(&inquiry.header))
        .or_else(|| automation(&inquiry.header))
        .or_else(|| list(&inquiry.header, policy))
        .or_else(|| system_sender(inquiry))
        .or_else(|| wording::machine(inquiry));
    match machine {
        Some(reason) => Screened::Machine(reason),
        None => sender(inquiry, policy, directory),
    }
}

/// Mail that we sent ourselves: our address as sender, or our Message-ID.
fn own_mail(inquiry: &Inquiry, policy: &Policy) -> Option<Reason> {
    let header = &inquiry.header;
    let from_us = header.from.iter().filter_map(|m| m.address.as_ref()).any(|a| policy.is_us(a));
    let path_us = matches!(&header.return_path, ReturnPath::Address(a) if policy.is_us(a));
    // A web form of our own site may send with our address in its envelope.
    let is_form = header.from.iter().any(|m| policy.web_forms.iter().any(|f| Some(&f.from) == m.address.as_ref()));
    let ours = header.message_id.as_deref().is_some_and(|id| is_our_message_id(id, policy));
    (ours || from_us && !is_form || path_us && !is_form).then_some(Reason::OwnMail)
}

/// `core::compose::message_id`: 32 hexadecimal digits, our mark, our domain.
fn is_our_message_id(id: &str, policy: &Policy) -> bool {
    let Some((local, domain)) = id.split_once('@') else { return false };
    let token = local.strip_suffix(".madoguchi").unwrap_or_default();
    domain.eq_ignore_ascii_case(policy.address.domain())
        && token.len() == 32
        && token.bytes().all(|b| b.is_ascii_hexdigit())
}

/// Delivery, disposition and other reports by their MIME type (RFC 6522, 3464,
/// 8098, 5965).
fn report(inquiry: &Inquiry) -> Option<Reason> {
    let mime = &inquiry.mime;
    let has = |kind: &str| mime.part_types.iter().any(|t| t == kind);
    let kind = match mime.report_type.as_deref() {
        _ if mime.content_type != "multipart/report" => None,
        Some("delivery-status") => Some(Reason::DeliveryReport),
        Some("disposition-notification") => Some(Reason::ReadReceipt),
        _ => Some(Reason::Report),
    };
    let fields = inquiry.mime.report_fields.to_ascii_lowercase();
    let header = &inquiry.header;
    kind.or_else(|| {
        // As a part of a person's mail these are an attachment; a failed
        // delivery with nothing else to say is a bounce.
        let whole = mime.content_type.starts_with("message/") && mime.content_type != "message/rfc822";
        (whole || has("message/delivery-status") && fields.contains("action:") && forwarded_words(inquiry).is_none())
            .then_some(if fields.contains("disposition:") { Reason::ReadReceipt } else { Reason::DeliveryReport })
    })
    .or_else(|| has("message/feedback-report").then_some(Reason::Report))
    .or_else(|| {
        let gateway = header.first("x-mailer").is_some_and(|m| m.to_ascii_lowercase().contains("m-filter"));
        let notice = inquiry.subject.text.trim().eq_ignore_ascii_case("failure notice");
        let failed = header.first("x-failed-recipients").is_some_and(|v| v.contains('@'));
        let status = header.first("x-error-status").is_some_and(|v| v.to_ascii_lowercase().contains("user unknown"));
        (gateway && notice || failed || status).then_some(Reason::DeliveryReport)
    })
}

/// A subject with which people pass something on.
fn forwarded_words(inquiry: &Inquiry) -> Option<()> {
    let subject = inquiry.subject.folded.as_str().trim_start();
    let subject = subject.trim_start_matches(['[', '【', '(']);
    ["fwd:", "fw:", "転送", "tr:", "wg:", "re: fwd", "re:fwd"].iter().any(|p| subject.starts_with(p)).then_some(())
}

/// Null reverse-path (RFC 3834 section 2) and responders' reverse-paths.
fn envelope(header: &Header) -> Option<Reason> {
    match &header.return_path {
        ReturnPath::Null => Some(Reason::NullReturnPath),
        ReturnPath::Address(path) => {
            let local = path.local().to_ascii_lowercase();
            let responder = matches!(
                local.as_str(),
                "mailer-daemon" | "mailer-deamon" | "quotaagent" | "pleaseforward" | "autoresponder"
            ) || local.starts_with("autoresponse-")
                || local.starts_with("devnull")
                || local == "delete" && path.domain().starts_with("errmail.");
            responder.then_some(Reason::SystemSender)
        }
        _ => None,
    }
}

/// The first token of a field value, comments and parameters aside.
fn token(value: &str) -> String {
    let (mut out, mut depth) = (String::new(), 0usize);
    for c in value.chars() {
        match c {
            '(' => depth += 1,
            ')' if depth > 0 => depth -= 1,
            ';' if depth == 0 => break,
            c if depth == 0 => out.push(c),
            _ => {}
        }
    }
    out.trim().to_ascii_lowercase()
}

fn tokens(value: &str) -> Vec<String> {
    value.split([',', ';']).map(token).filter(|t| !t.is_empty()).collect()
}

/// Header fields of automatic systems.
fn automation(header: &Header) -> Option<Reason> {
    for value in header.all("auto-submitted") {
        let value = token(value);
        if !matches!(value.as_str(), "no" | "" | "auto-forwarded") {
            return Some(Reason::AutoSubmitted);
        }
    }
    for name in ["precedence", "x-precedence"] {
        let marks = ["bulk", "junk", "list", "auto_reply", "auto-reply", "autoreply", "auto", "spam"];
        if header.all(name).any(|v| marks.contains(&token(v).as_str())) {
            return Some(Reason::Precedence);
        }
    }
    for value in header.all("x-auto-response-suppress") {
        if tokens(value).iter().any(|t| t == "all" || t == "autoreply") {
            return Some(Reason::AutoResponseSuppress);
        }
    }
    const RESPONDERS: &[&str] = &[
        "x-autoreply",
        "x-autorespond",
        "x-autoresponder",
        "x-autoresponse",
        "x-autoreply-from",
        "x-mail-autoreply",
        "x-autogenerated",
        "x-auto-generated",
        "x-ms-embedded-report",
        "x-choicemail-registration-request",
        "x-boxtrapper",
        "x-bluebottle-request",
        "x-spamarrest-noauth",
        "x-askversion",
        "x-mddsn-message",
    ];
    for name in RESPONDERS {
        if header.all(name).any(|v| !matches!(token(v).as_str(), "" | "no" | "false" | "none")) {
            return Some(Reason::ResponderHeader);
        }
    }
    let is = |name: &str, wanted: &str| header.all(name).any(|v| v.to_ascii_lowercase().contains(wanted));
    let responder = is("x-apple-action", "vacation")
        || is("x-post-messageclass", "autoresponder")
        || header.all("x-fc-machinegenerated").any(|v| token(v).starts_with("true"))
        || is("x-amazon-mail-relay-type", "notification")
        || is("x-xsp-msgclass", "notification")
        || is("x-mailscanner", "generated")
        || is("x-mailer", "autoresponder")
        || is("delivered-to", "autoresponder");
    if responder {
        return Some(Reason::ResponderHeader);
    }
    let present = |name: &str| header.first(name).is_some_and(|v| !v.trim().is_empty());
    let looped = present("x-loop")
        || present("x-no-loop")
        || present("x-otrs-loop")
        || present("x-rt-loop-prevention")
        || present("x-roundup-loop");
    looped.then_some(Reason::LoopHeader)
}

/// Mailing lists (RFC 2369, RFC 2919) and their Japanese managers. A
/// List-Unsubscribe alone stands in people's mail too.
fn list(header: &Header, policy: &Policy) -> Option<Reason> {
    const LIST: &[&str] = &[
        "list-id",
        "list-owner",
        "list-subscribe",
        "list-post",
        "list-help",
        "list-archive",
        "mailing-list",
        "x-mailing-list",
        "x-mlserver",
        "x-ml-name",
        "x-ml-info",
        "x-mlcount",
    ];
    let marked = LIST.iter().any(|name| header.first(name).is_some());
    let bulk = header.first("list-unsubscribe").is_some_and(|v| v.trim().len() >= 3)
        && (header.first("list-unsubscribe-post").is_some()
            || !header.recipients.iter().filter_map(|m| m.address.as_ref()).any(|a| policy.is_us(a)));
    (marked || bulk).then_some(Reason::ListMail)
}

/// What a whole local part says about who writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Local {
    System,
    /// Nobody reads its mail; a person may still have written.
    NoReply,
    /// Often a person (RFC 5230 section 4.6), needs a second signal.
    Postmaster,
    Person,
}

fn local_part(local: &str) -> Local {
    let local = local.to_ascii_lowercase();
    let system = matches!(
        local.as_str(),
        "mailer-daemon"
            | "mailer-deamon"
            | "daemon"
            | "demon"
            | "deamon"
            | "root"
            | "listserv"
            | "majordomo"
            | "listproc"
            | "msgs"
            | "nobody"
            | "news"
            | "newsletter"
            | "notifications"
            | "notification"
            | "notif"
            | "automated-response"
            | "mailadmin"
            | "mailmaster"
            | "autoresponder"
            | "bounce"
            | "bounces"
            | "mdaemon"
    ) || local.starts_with("owner-")
        || local.starts_with("bounces+")
        || local.starts_with("bounce-")
        || local.starts_with("mailer-daemon")
        || local.ends_with("-subscribe")
        || local.ends_with("-unsubscribe");
    let flat: String = local.chars().filter(|c| c.is_ascii_alphanumeric()).collect();
    if system {
        Local::System
    } else if matches!(flat.as_str(), "noreply" | "donotreply" | "nicht-antworten" | "nonrepondre")
        || flat.starts_with("noreply")
        || flat.starts_with("donotreply")
        || flat.ends_with("noreply")
    {
        Local::NoReply
    } else if matches!(local.as_str(), "postmaster" | "abuse" | "hostmaster") {
        Local::Postmaster
    } else {
        Local::Person
    }
}

fn sender_local(inquiry: &Inquiry) -> Local {
    let from = inquiry.header.from.first();
    from.and_then(|m| m.raw.split('@').next()).map_or(Local::Person, local_part)
}

fn system_sender(inquiry: &Inquiry) -> Option<Reason> {
    match sender_local(inquiry) {
        Local::System => Some(Reason::SystemSender),
        Local::Postmaster => {
            let returned = inquiry.mime.part_types.iter().any(|t| t == "message/rfc822" || t == "text/rfc822-headers");
            (returned || wording::is_bounce_subject(inquiry)).then_some(Reason::BounceText)
        }
        _ => None,
    }
}

/// No machine: may this sender be answered, and at which address?
fn sender(inquiry: &Inquiry, policy: &Policy, directory: &Directory) -> Screened {
    let header = &inquiry.header;
    let Some(from) = header.from.first().and_then(|m| m.address.clone()) else {
        return Screened::Hold(Reason::NoSender);
    };
    if header.from_is_odd {
        return Screened::Hold(Reason::SeveralSenders);
    }
    if directory.is_association(&from) {
        return Screened::Hold(Reason::AssociationSender);
    }
    if header.all("auto-submitted").any(|v| token(v) == "auto-forwarded") {
        return Screened::Hold(Reason::AutoForwarded);
    }
    if header.all("x-auto-response-suppress").any(|v| tokens(v).iter().any(|t| t == "oof")) {
        return Screened::Hold(Reason::SuppressOof);
    }
    let spam = header
        .all("x-spam-flag")
        .chain(header.all("x-spam-status"))
        .any(|v| v.trim().to_ascii_lowercase().starts_with("yes"));
    if spam {
        return Screened::Hold(Reason::Spam);
    }
    if sender_local(inquiry) == Local::NoReply {
        return Screened::Hold(Reason::NoReplyAddress);
    }
    let addressed = header.recipients.iter().filter_map(|m| m.address.as_ref()).any(|a| policy.is_us(a));
    if !addressed {
        return Screened::Hold(Reason::NotAddressedToUs);
    }
    let proof = match policy.verify {
        Verify::Header => authentication::verdict(header, policy.trusted_authserv.as_deref(), &from),
        Verify::Off => Verdict::Silent,
    };
    if proof == Verdict::Fail {
        return Screened::Hold(Reason::Unauthenticated);
    }
    let agrees = match &header.return_path {
        ReturnPath::Absent => true,
        ReturnPath::Address(path) => *path == from || path.organisation() == from.organisation(),
        ReturnPath::Null | ReturnPath::Unreadable(_) => false,
    };
    if let Some(form) = policy.web_forms.iter().find(|f| f.from == from) {
        let ours =
            matches!(&header.return_path, ReturnPath::Address(p) if p.organisation() == form.from.organisation());
        return match header.reply_to.as_slice() {
            [one] if ours || proof == Verdict::Pass => match &one.address {
                Some(person) if !policy.is_us(person) && !directory.is_association(person) => {
                    Screened::Person(person.clone())
                }
                _ => Screened::Hold(Reason::NoSender),
            },
            _ => Screened::Hold(Reason::NoSender),
        };
    }
    if agrees || proof == Verdict::Pass { Screened::Person(from) } else { Screened::Hold(Reason::Unauthenticated) }
}
