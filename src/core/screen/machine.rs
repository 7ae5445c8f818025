//! What shows a machine without a look at the wording: our own mail, reports by
//! MIME type, envelope, header fields (SCREENING sections 1.1 to 1.4).

use super::super::inquiry::{Header, Inquiry, ReturnPath};
use super::super::policy::Policy;
use super::super::reason::Reason;
use super::local_part::{self, Local};
use super::{first_token, is_passed_on};
use super::{tokens, wording};

/// A hard mark of a machine, if there is one.
pub(super) fn machine(inquiry: &Inquiry, policy: &Policy) -> Option<Reason> {
    own_mail(inquiry, policy)
        .or_else(|| report(inquiry))
        .or_else(|| envelope(&inquiry.header))
        .or_else(|| automation(&inquiry.header))
        .or_else(|| list(&inquiry.header, policy))
        .or_else(|| system_sender(inquiry))
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
pub(super) fn is_our_message_id(id: &str, policy: &Policy) -> bool {
    let Some((local, domain)) = id.split_once('@') else { return false };
    let token = local.strip_suffix(".madoguchi").unwrap_or_default();
    domain.eq_ignore_ascii_case(policy.address.domain())
        && token.len() == 32
        && token.bytes().all(|b| b.is_ascii_hexdigit())
}

/// Delivery, disposition and other reports by their MIME type (RFC 6522, 3464,
/// 8098, 5965), and the gateways that tell in a header field.
pub(super) fn report(inquiry: &Inquiry) -> Option<Reason> {
    let mime = &inquiry.mime;
    let kind = match mime.report_type.as_deref() {
        _ if mime.content_type != "multipart/report" => None,
        Some("delivery-status") => Some(Reason::DeliveryReport),
        Some("disposition-notification") => Some(Reason::ReadReceipt),
        _ => Some(Reason::Report),
    };
    let header = &inquiry.header;
    kind.or_else(|| {
        // In a message that is attached these are somebody else's report.
        let whole = mime.content_type.starts_with("message/") && mime.content_type != "message/rfc822";
        let part = mime.has_own_part("message/delivery-status") && !mime.deliveries.is_empty();
        let receipt = mime.has_own_part("message/disposition-notification");
        (whole || (part || receipt) && !is_passed_on(inquiry)).then_some(
            if receipt || mime.content_type == "message/disposition-notification" {
                Reason::ReadReceipt
            } else {
                Reason::DeliveryReport
            },
        )
    })
    .or_else(|| (mime.has_own_part("message/feedback-report") && !is_passed_on(inquiry)).then_some(Reason::Report))
    .or_else(|| {
        let gateway = header.first("x-mailer").is_some_and(|m| m.to_ascii_lowercase().contains("m-filter"));
        let notice = inquiry.subject.text.trim().eq_ignore_ascii_case("failure notice");
        let failed = header.all("x-failed-recipients").any(|v| v.contains('@'));
        let status = header.all("x-error-status").any(|v| v.to_ascii_lowercase().contains("user unknown"));
        (gateway && notice || failed || status).then_some(Reason::DeliveryReport)
    })
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

/// Header fields of automatic systems.
fn automation(header: &Header) -> Option<Reason> {
    for value in header.all("auto-submitted") {
        if !matches!(first_token(value).as_str(), "no" | "" | "auto-forwarded") {
            return Some(Reason::AutoSubmitted);
        }
    }
    for name in ["precedence", "x-precedence"] {
        let marks = ["bulk", "junk", "list", "auto_reply", "auto-reply", "autoreply", "auto", "spam"];
        if header.all(name).any(|v| marks.contains(&first_token(v).as_str())) {
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
        "x-choicemail-registration-request",
        "x-boxtrapper",
        "x-bluebottle-request",
        "x-spamarrest-noauth",
        "x-askversion",
        "x-mddsn-message",
    ];
    for name in RESPONDERS {
        if header.all(name).any(|v| !matches!(first_token(v).as_str(), "" | "no" | "false" | "none")) {
            return Some(Reason::ResponderHeader);
        }
    }
    let is = |name: &str, wanted: &str| header.all(name).any(|v| v.to_ascii_lowercase().contains(wanted));
    let delivered_to = |v: &str| v.trim().split('@').next().unwrap_or_default().eq_ignore_ascii_case("autoresponder");
    // Its value is always empty.
    let responder = header.first("x-ms-embedded-report").is_some()
        || is("x-apple-action", "vacation")
        || is("x-post-messageclass", "autoresponder")
        || header.all("x-fc-machinegenerated").any(|v| first_token(v).starts_with("true"))
        || is("x-amazon-mail-relay-type", "notification")
        || is("x-xsp-msgclass", "notification")
        || is("x-mailscanner", "generated")
        || is("x-mailer", "autoresponder")
        || header.all("delivered-to").any(delivered_to);
    if responder {
        return Some(Reason::ResponderHeader);
    }
    // What a stranger writes does not switch the guard off: `X-No-Loop: false` counts.
    let present = |name: &str| header.all(name).any(|v| !v.trim().is_empty());
    let looped = present("x-loop") || present("x-no-loop") || present("x-otrs-loop");
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

fn system_sender(inquiry: &Inquiry) -> Option<Reason> {
    match local_part::of_sender(inquiry) {
        Local::System => Some(Reason::SystemSender),
        Local::Postmaster => {
            let returned = inquiry.mime.returns_a_message();
            (returned || wording::is_bounce_subject(inquiry)).then_some(Reason::BounceText)
        }
        _ => None,
    }
}

/// Most Received fields that people's mail has, forwarded twice over.
const HOPS_MAX: usize = 30;

/// A mark that machines leave and people's mail may bear too: it counts only
/// beside a second signal (SCREENING column "H").
pub(super) fn is_hinted(inquiry: &Inquiry) -> bool {
    let header = &inquiry.header;
    let present = |name: &str| header.all(name).any(|v| !v.trim().is_empty());
    const LEFT_BY: &[&str] = &[
        "list-unsubscribe",
        "list-unsubscribe-post",
        "x-ms-exchange-inbox-rules-loop",
        "x-rt-loop-prevention",
        "x-roundup-loop",
        "x-sieve-redirected-from",
        "x-phabricator-sent-this-message",
        // Scripts and mailing services; people's programs write none of these.
        "x-php-originating-script",
        "x-php-script",
        "feedback-id",
        "x-ses-outgoing",
        "x-sg-eid",
        "x-mailgun-sid",
        "x-mandrill-user",
        "x-mc-user",
        "x-pm-message-id",
        "x-campaign",
        "x-campaignid",
        "x-csa-complaints",
        "x-report-abuse",
    ];
    let class = |v: &str| {
        !matches!(first_token(v).as_str(), "" | "first-class" | "special-delivery" | "normal" | "urgent" | "non-urgent")
    };
    let mailer = |v: &str| {
        let v = v.to_ascii_lowercase();
        ["phpmailer", "php/", "swiftmailer", "nodemailer", "actionmailer", "javamail"].iter().any(|m| v.contains(m))
    };
    let name = header.from.first().and_then(|m| m.name.as_deref());
    local_part::of_sender(inquiry) == Local::Hint
        || LEFT_BY.iter().any(|name| present(name))
        || header.all("received").count() > HOPS_MAX
        || header.all("precedence").chain(header.all("x-precedence")).any(class)
        || header.all("x-mailer").any(mailer)
        || name.is_some_and(wording::is_system_name)
}
