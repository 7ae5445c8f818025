//! Every "not done" of madoguchi as one stable word and one sentence in each
//! language. The same word stands in the plan, the ledger, the log, the
//! console and the tests. Knows nothing of how a reason is found.

macro_rules! reasons {
    ($($(#[$doc:meta])* $variant:ident $word:literal $en:literal $ja:literal;)*) => {
        /// Why a message was answered, or why a step was not done.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Reason { $($(#[$doc])* $variant,)* }

        impl Reason {
            /// All reasons, in the order of the source.
            pub const ALL: &'static [Reason] = &[$(Reason::$variant,)*];

            /// The stable word.
            pub fn word(self) -> &'static str {
                match self { $(Reason::$variant => $word,)* }
            }

            /// One English sentence.
            pub fn en(self) -> &'static str {
                match self { $(Reason::$variant => $en,)* }
            }

            /// One Japanese sentence.
            pub fn ja(self) -> &'static str {
                match self { $(Reason::$variant => $ja,)* }
            }
        }
    };
}

reasons! {
    Answered "answered" "The question was answered." "お問い合わせに回答しました。";

    // A machine wrote: `ignore`.
    /// RFC 3834 section 2: never answer the null reverse-path.
    NullReturnPath "null-return-path" "The return path is null: a bounce or another automatic message." "Return-Path が空です。不達通知などの自動メールです。";
    OwnMail "own-mail" "We sent this message ourselves." "当事務局が自ら送ったメールです。";
    AutoSubmitted "auto-submitted" "The Auto-Submitted field says a machine sent it." "Auto-Submitted により自動送信と分かります。";
    Precedence "precedence" "The Precedence field marks bulk, list or automatic mail." "Precedence により一斉・自動メールと分かります。";
    AutoResponseSuppress "auto-response-suppress" "X-Auto-Response-Suppress asks for no automatic reply." "X-Auto-Response-Suppress が自動返信を断っています。";
    ListMail "list-mail" "It came through a mailing list or is a newsletter." "メーリングリストまたはメールマガジンです。";
    LoopHeader "loop-header" "A loop-prevention field shows another automatic system." "ループ防止用の項目があり、別の自動システムのメールです。";
    ResponderHeader "responder-header" "A header field shows an automatic responder or notifier." "自動応答・自動通知を示すヘッダーがあります。";
    DeliveryReport "delivery-report" "It is a delivery status notification (bounce)." "配送状況通知(不達通知)です。";
    ReadReceipt "read-receipt" "It is a read receipt (MDN)." "開封通知です。";
    Report "report" "It is another automatic report (abuse, DMARC, TLS)." "その他の自動報告(迷惑メール報告、DMARC など)です。";
    SystemSender "system-sender" "The sender is a mail system, not a person." "送信者がメールシステムで、人ではありません。";
    BounceText "bounce-text" "Sender and wording show a bounce." "送信者と文面から不達通知と分かります。";
    OutOfOffice "out-of-office" "Subject and wording show an absence notice." "件名と文面から不在通知と分かります。";
    AutomaticText "automatic-text" "The wording says a system sent it automatically." "文面に、システムから自動送信した旨の記載があります。";
    Newsletter "newsletter" "The wording shows a newsletter or announcement." "文面からメールマガジンやお知らせと分かります。";
    ChallengeResponse "challenge-response" "It is an anti-spam challenge." "送信者確認(チャレンジ)の自動メールです。";

    // A person wrote, and no automatic reply may go out: `review`.
    NotAddressedToUs "not-addressed-to-us" "None of our addresses is a recipient (RFC 5230 section 4.5)." "宛先に当事務局のアドレスがありません。";
    NoSender "no-sender" "There is no usable sender address." "返信できる送信者アドレスがありません。";
    SeveralSenders "several-senders" "From names several senders." "送信者(From)が複数です。";
    Unauthenticated "unauthenticated" "The sender could not be verified." "送信者を確認できません。";
    AssociationSender "association-sender" "An association wrote; a person should answer." "社労士会からのメールです。担当者が対応してください。";
    NoReplyAddress "no-reply-address" "The sender's address takes no replies." "送信専用アドレスからのメールです。";
    SuppressOof "suppress-oof" "The sender asks for no absence replies." "不在通知などの自動返信を断る指定があります。";
    AutoForwarded "auto-forwarded" "It was forwarded automatically." "自動転送されたメールです。";
    Banned "banned" "The sender is on the ban list." "返信しない送信者の一覧にあります。";
    RecentBounce "recent-bounce" "A reply to this address came back a short time ago." "この宛先への返信が最近、宛先不明で戻っています。";
    Spam "spam" "The mail server marked it as spam." "メールサーバーが迷惑メールと判定しました。";

    // The message as such.
    TooLarge "too-large" "The message is larger than is read." "メールが大きすぎて読み取りませんでした。";
    TooComplex "too-complex" "The message has too many parts, levels or fields." "メールの構造が複雑すぎます。";
    Malformed "malformed" "The message could not be read." "メールを読み取れませんでした。";
    Undecodable "undecodable" "The text could not be decoded." "文字化けして本文を読み取れませんでした。";
    NoText "no-text" "There is no text to read." "読み取れる本文がありません。";

    // No topic.
    NoTopic "no-topic" "None of the topics was recognised." "どの分野のお問い合わせか判別できませんでした。";
    SalesPitch "sales-pitch" "It offers goods or services." "営業・売り込みのメールです。";
    PressRequest "press-request" "The press is asking." "報道機関からの依頼です。";
    JobSeeking "job-seeking" "The sender looks for work." "求職・採用に関するメールです。";
    ItSupport "it-support" "It asks about equipment or software only." "機器やソフトウェアについての質問です。";
    ThanksOnly "thanks-only" "It says thanks and asks nothing." "お礼のみで、ご質問がありません。";
    WrongOffice "wrong-office" "It is meant for another office." "他の機関あてのお問い合わせです。";
    OnlyQuoted "only-quoted" "It holds only quoted or forwarded text." "引用・転送文のみで、新しい文章がありません。";

    // The forward.
    PlaceUnstated "place-unstated" "No prefecture is stated." "都道府県が書かれていません。";
    PlaceAmbiguous "place-ambiguous" "The place could be in several prefectures." "都道府県を一つに決められません。";
    NoAddress "no-address" "The association has no mail address in the directory." "社労士会のメールアドレスが登録されていません。";
    ForwardOff "forward-off" "Forwarding is switched off." "転送は停止中です。";
    AwaitsConsent "awaits-consent" "Forwarding waits for the sender's consent." "転送には送信者の同意が必要です。";
    ForSecretariat "for-secretariat" "The Secretariat itself handles this topic." "事務局が直接対応する分野です。";
    TopicNotForwarded "topic-not-forwarded" "This topic is not forwarded." "この分野は転送しません。";

    // Limits.
    SameAnswer "same-answer" "The same answer went to this address a short time ago." "同じ宛先に同じ回答を最近送っています。";
    AddressLimit "address-limit" "Too many replies to this address today." "この宛先への本日の返信数が上限に達しました。";
    DomainLimit "domain-limit" "Too many replies to this domain in the last hour." "このドメインへの返信数が上限に達しました。";
    ServiceLimit "service-limit" "Too many replies in the last hour; replies are held." "全体の返信数が上限に達したため、返信を保留しています。";
    AcknowledgeOff "acknowledge-off" "Acknowledgements are switched off." "受付確認の返信は停止中です。";

    // Carrying it out.
    AlreadyHandled "already-handled" "This message was handled before." "すでに処理したメールです。";
    BeforeFirstRun "before-first-run" "It was in the mailbox before the first run." "初回起動より前に届いていたメールです。";
    Deferred "deferred" "The relay asked to try again later." "送信サーバーの求めにより、後で再送します。";
    Refused "refused" "The relay refused it for good." "送信サーバーに拒否されました。";
    InDoubt "in-doubt" "It may have been sent; a person should look." "送信できたか不明です。担当者が確認してください。";
    GaveUp "gave-up" "It could not be sent in time." "期限内に送信できませんでした。";
    NotComposed "not-composed" "The mail to send could not be written." "送信するメールを作成できませんでした。";
    Bounced "bounced" "It came back: it did not reach its recipient." "宛先に届かず戻ってきました。";
    Dropped "dropped" "A person decided not to send it." "担当者の判断で送信しませんでした。";
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.word())
    }
}

impl std::str::FromStr for Reason {
    type Err = UnknownReason;

    fn from_str(word: &str) -> Result<Reason, UnknownReason> {
        Reason::ALL.iter().copied().find(|r| r.word() == word).ok_or_else(|| UnknownReason(word.to_owned()))
    }
}

/// A word that names no reason.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not a reason")]
pub struct UnknownReason(String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_unique_and_read_back() {
        let words: std::collections::BTreeSet<_> = Reason::ALL.iter().map(|r| r.word()).collect();
        assert_eq!(words.len(), Reason::ALL.len());
        for reason in Reason::ALL {
            assert_eq!(reason.word().parse::<Reason>().unwrap(), *reason);
            assert!(reason.en().ends_with('.') && reason.ja().ends_with('。'));
        }
    }
}
