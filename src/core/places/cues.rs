//! Words that say in what sense a place is named: a branch, a head office, a
//! person, a company, a trip. They ride on the shared automaton; this table
//! owns the words, `mention` and `context` what follows from them.

use super::super::lexicon::{Builder, Ending};
use super::super::text::fold;

/// What a word beside a place says about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Cue {
    /// Head office: rarely where help is needed.
    Head,
    /// A site where people work.
    Branch,
    /// A contact point or association that is asked for.
    Desk,
    /// Seminars and their venues.
    Event,
    /// Directly after a place: surely the place itself (市内, 在住).
    Area,
    /// Directly before: a company's name begins.
    Firm,
    /// Directly after: a person's name ended.
    Honorific,
    /// Directly before: a person's name begins.
    Introduction,
    /// Directly after: the name of an institution or a product, no place.
    Institution,
    /// Directly after: station, which lies where its name says more often than not.
    Station,
    /// Directly after: not where the sender is (出身, Olympics).
    Away,
    /// Before, in English: not where the sender is (born in, trip to).
    AwayBefore,
    /// After: a comparison.
    Compare,
    /// Says that a call or letter reached the wrong place.
    Misroute,
    /// After: the place is denied.
    Denied,
    /// Before, in English: the place is denied.
    DenyBefore,
    /// Other people's places.
    Stranger,
    /// A move; the place before から or after "from" is the old one.
    Move,
    /// What the sender wants.
    Want,
    /// "What I want to ask about is …".
    Focus,
    /// A time that is over.
    PastTime,
    /// A visit that is over.
    PastDone,
    /// A registration still to come.
    Apply,
    /// Kinds of business, after の: the sender's own.
    Business,
    /// Doing business, after で.
    Doing,
    /// Being somewhere, after に.
    Being,
    /// We, our company.
    Own,
    /// An address follows.
    Label,
}

impl Cue {
    const ALL: [Cue; 28] = [
        Cue::Head,
        Cue::Branch,
        Cue::Desk,
        Cue::Event,
        Cue::Area,
        Cue::Firm,
        Cue::Honorific,
        Cue::Introduction,
        Cue::Institution,
        Cue::Station,
        Cue::Away,
        Cue::AwayBefore,
        Cue::Compare,
        Cue::Misroute,
        Cue::Denied,
        Cue::DenyBefore,
        Cue::Stranger,
        Cue::Move,
        Cue::Want,
        Cue::Focus,
        Cue::PastTime,
        Cue::PastDone,
        Cue::Apply,
        Cue::Business,
        Cue::Doing,
        Cue::Being,
        Cue::Own,
        Cue::Label,
    ];

    /// By its position in `ALL`.
    pub(super) fn from_index(index: u32) -> Option<Cue> {
        Cue::ALL.get(index as usize).copied()
    }

    /// A kind of site or occasion that a place can belong to.
    pub(super) fn is_site(self) -> bool {
        matches!(self, Cue::Head | Cue::Branch | Cue::Desk | Cue::Event)
    }

    fn words(self) -> &'static [&'static str] {
        match self {
            Cue::Head => &[
                "本社", "本店", "本部", "本拠", "親会社", "登記上", "登記は", "本局", "head office", "headquarter", "headquarters",
                "headquartered", "hq", "main office", "parent company", "registered in", "registered office", "head-office",
            ],
            Cue::Branch => &[
                "支店", "支社", "支部", "支所", "営業所", "工場", "事業所", "事業場", "事務所", "出張所", "分室", "拠点", "店舗",
                "サテライト", "勤務地", "勤務先", "勤務場所", "職場", "現場", "作業所", "製作所", "研究所", "倉庫", "センター",
                "オフィス", "ラボ", "営業拠点", "営業部", "支局", "分院", "分校", "現地法人", "子会社", "本社工場", "店", "校", "支店長", "工場長", "所長", "店長", "営業所長",
                "branch", "branches", "branch office", "plant", "factory", "factories", "workplace", "sales office",
                "satellite office", "warehouse", "subsidiary", "site", "office", "laboratory", "shop", "store", "works",
                "location",
            ],
            Cue::Desk => &[
                "窓口", "社労士会", "社会保険労務士会", "相談先", "連絡先", "担当窓口", "相談所", "協会", "番号", "電話番号",
                "contact point", "association", "desk", "help desk", "consultation", "contact for", "telework center",
                "contact details",
            ],
            Cue::Event => &[
                "セミナー", "説明会", "講演会", "研修", "イベント", "講習", "講習会", "相談会", "ウェビナー", "ワークショップ",
                "展示会", "会場", "勉強会", "講座", "開催", "seminar", "workshop", "event", "venue", "briefing", "webinar",
                "lecture", "exhibition", "trade fair", "conference",
            ],
            Cue::Area => &[
                "市内", "県内", "府内", "都内", "道内", "区内", "町内", "村内", "在住", "在勤", "近郊", "近辺", "周辺", "付近", "方面",
                "地方", "地区", "地域", "エリア", "市街", "郊外", "北部", "南部", "東部", "西部", "中心部",
                "市民", "県民", "県下", "府下", "管内", "全域", "所在", "勤務", "のほう", "の方", "側", "事業部", "会員", "県庁",
                "市役所", "町役場", "役場", "商工会", "商工会議所", "労働局", "労働基準監督署", "労基署", "監督署", "ハローワーク",
                "area", "region", "side",
            ],
            Cue::Firm => &[
                "株式会社", "有限会社", "合同会社", "合資会社", "合名会社", "(株)", "(有)", "(同)", "(合)", "(社)", "(財)", "(医)", "(福)",
                "(学)", "社団法人", "財団法人", "医療法人", "社会福祉法人", "学校法人", "npo法人", "特定非営利活動法人", "税理士法人",
                "社会保険労務士法人", "弁護士法人", "監査法人", "農事組合法人", "協同組合", "企業組合", "宗教法人", "独立行政法人",
                "国立大学法人", "(一社)", "(公社)", "(一財)", "(公財)", "(特非)",
            ],
            Cue::Honorific => &[
                "さん", "さま", "様", "氏", "殿", "くん", "君", "ちゃん", "先生", "課長", "部長", "社長", "係長", "主任", "専務", "常務",
                "次長", "会長", "理事", "理事長", "代表", "主事", "主査", "参事", "顧問", "取締役",
                "本人", "と申", "と申します", "ともうし", "といいます", "と言います", "という者", "と言う者", "社労士", "弁護士",
                "税理士", "宛", "夫妻", "一家", "拝",
            ],
            Cue::Introduction => &[
                "担当", "担当者", "担当は", "担当:", "担当の", "担当者は", "担当者の", "担当者:", "氏名", "お名前", "名前", "名前は",
                "代表取締役", "取締役", "社長の", "社長", "部長の", "部長", "課長の", "課長", "係長", "係長の", "主任", "主任の",
                "店長の", "店長", "所長の", "所長", "総務の", "人事の", "経理の", "労務の", "総務部の", "人事部の", "経理部の", "総務課の",
                "人事課の", "代表の", "代表", "部下の", "上司の", "同僚の", "後任の", "前任の", 
                "責任者", "責任者の", "責任者は", "文責", "記入者", "申込者", "申請者", "参加者", "受講者", "出席者", "私、", "私は、",
                "わたくし", "社会保険労務士の", "社労士の", "講師の", "同じく", "理事長", "理事", "会長", "専務", "常務",
            ],
            Cue::Institution => &[
                "銀行", "信用金庫", "信金", "信用組合", "新聞", "新聞社", "日報", "新報", "放送", "テレビ", "ラジオ", "大学", "高校",
                "学院", "学園", "短大", "中学", "小学校", "中学校", "高等学校", "空港", "城", "タワー", "ドーム", "交響楽団", "鉄道",
                "電力", "ガス", "海上", "生命", "製鉄", "商会", "商事", "物産", "産業", "工業", "建設", "商店", "印刷", "運輸", "交通",
                "バス", "うどん", "ラーメン", "そば", "牛", "餃子", "ぎょうざ", "弁", "料理", "漬け", "漬", "焼", "焼き", "塗", "織", "茶",
                "りんご", "みかん", "ビーフ", "シティ", "グループ", "フーズ", "ホテル", "olympics", "olympic", "paralympics", "expo",
                "marathon", "university", "college", "airport", "bank", "shimbun", "shinbun", "newspaper", "times", "castle",
                "tower", "dome", "soba", "udon", "ramen", "beef", "sake", "tea", "apples", "noodles", "style", "hotel",
                "protocol", "convention", "stock exchange", "game show", "motor show", "disneyland", "fc", "symphony",
                "co.", "co.,", "corp", "corporation", "inc", "ltd", "k.k.", "kk", "holdings", "trading", "electric", "gas",
            ],
            Cue::Station => &["駅", "station"],
            Cue::Away => &[
                "出身", "生まれ", "育ち", "出張", "旅行", "観光", "オリンピック", "パラリンピック", "五輪", "万博", "大会", "行き",
                "産の", "産", "発の", "土産", "みやげ", "マラソン", "に出張", "へ出張", "への出張", "に旅行", "へ旅行", "で生まれ",
                "に観光", "への旅行", "への転勤", "単身赴任中の", "行の", "名物", "名産", "特産",
            ],
            Cue::AwayBefore => &[
                "born in", "grew up in", "raised in", "trip to", "travel to", "travelled to", "traveled to", "travelling to",
                "traveling to", "visited", "visiting", "visit to", "holiday in", "vacation in", "flight to", "train to",
                "shinkansen to", "moved from", "relocated from", "transferred from", "moving from", "relocating from",
                "moved here from", "moved out of", "moved away from", "left", "originally from", "came from", "used to be in",
                "used to live in", "used to work in", "formerly in", "formerly of", "previously in", "once in", "met in",
                "unlike", "compared with", "compared to", "the other", "as far as", "all the way to", "like in", "friend in",
                "friends in", "customers in", "customer in", "clients in", "client in", "supplier in", "suppliers in",
                "competitors in", "partner in", "colleague at",
            ],
            Cue::Compare => &[
                "のような", "みたいな", "みたいに", "のように", "と違", "と異な", "に比べ", "と比べ", "ほどでは", "ほど大き", "ばかり",
                "などの大都市", "等の大都市", "とは違", "と間違", "と混同", "に負け", "を除",
            ],
            Cue::Misroute => &[
                "つながれ", "つながってしま", "繋がれ", "繋がってしま", "回され", "案内されてしま", "転送され", "誤って",
                "間違って", "まちがって", "間違えて", "landing", "ended up", "end up", "put through to", "wrong", "mix it up",
                "misdirected", "by mistake", "mistakenly", "keep getting", "sent me to", "bounced to",
            ],
            Cue::Denied => &[
                "ではな", "ではあり", "じゃな", "じゃあり", "でな", "以外", "ではござ", "のほうではな", "の方ではな", "ではなく",
                "にはありませ", "にはございませ", "にはな", "にない", "は対象外", "は除",
            ],
            Cue::DenyBefore => &[
                "not", "not in", "not from", "not at", "not the", "not to", "not for", "never", "never in", "nobody in",
                "no one in", "nothing in", "none in", "no office in", "isn't", "isn't in", "aren't in", "aren't", "is not in",
                "are not in", "instead of", "rather than", "except", "except for", "excluding", "other than", "outside of",
                "neither in", "nor in", "no longer in", "not even in", "apart from", "besides", "not about", "not our",
            ],
            Cue::Stranger => &[
                "取引先", "知人", "友人", "お客様", "顧客", "得意先", "仕入先", "仕入れ先", "同業者", "同業他社", "他社", "知り合い",
                "親戚", "実家", "姉妹都市", "先方", "発注元", "元請", "下請", "委託先",
            ],
            Cue::Move => &["移転", "引っ越", "引越", "転居", "移っ", "移り", "転勤", "異動", "来ました", "来た", "越して"],
            Cue::Want => &[
                "相談", "導入", "教え", "知りた", "お願い", "利用", "始め", "検討", "紹介", "開い", "予約", "申し込", "申込",
                "案内", "希望", "予定", "伺いた", "聞きた", "困って", "問い合わせ", "よろし", "でしょうか", "ですか", "ますか",
                "について", "want", "would like", "need", "please", "could you", "can you", "may we", "can we", "wish", "ask",
                "looking for", "introduce", "plan to", "planning", "help", "advise", "advice", "question", "contact", "start",
                "telework", "work from home", "working from home", "whom", "which", "how", "send home",
            ],
            Cue::Focus => &[
                "相談したいのは", "知りたいのは", "お願いしたいのは", "必要なのは", "対象は", "聞きたいのは", "伺いたいのは",
                "お聞きしたいのは", "お尋ねしたいのは", "導入したいのは", "検討しているのは", "困っているのは", "対象となるのは",
                "相談の対象は", "教えていただきたいのは", "希望するのは", "今回は", "今回の対象は", "支援してほしいのは",
                "相談内容は", "the question is about", "the question concerns", "this is about", "it is about", "it concerns",
                "the workplace is in", "who need help are", "the need is in", "i am asking about", "we are asking about",
                "i am asking for", "we are asking for", "asking on behalf of", "on behalf of",
            ],
            Cue::PastTime => &[
                "先日", "先週", "昨日", "前回", "昨年", "去年", "先月", "以前", "かつて", "過去", "一昨年", "一昨日", "この間",
                "last week", "last month", "last year", "yesterday", "last autumn", "last spring", "last summer", "last winter",
                "last time", "the other day", "previously", "some years ago", "years ago", "months ago", "weeks ago",
            ],
            Cue::PastDone => &[
                "参加しました", "参加した", "受講しました", "受講した", "受けました", "出席しました", "出席した", "勉強になり",
                "拝聴", "聴講し", "聞きました", "拝見しました", "参加させていただきました", "参加いたしました", "受講いたしました",
                "お世話になりました", "ありがとうございました", "attended", "took part", "was held", "participated", "i heard at",
                "we heard at", "thank you for the seminar", "enjoyed",
            ],
            Cue::Apply => &[
                "申し込", "申込", "参加希望", "参加を希望", "参加したい", "受講したい", "出席したい", "受講希望", "register", "sign up",
                "apply", "registration", "seat", "book",
            ],
            Cue::Business => &[
                "会社", "企業", "店", "工場", "業者", "業", "商店", "旅館", "ホテル", "法人", "組合", "商工会", "商工会議所", "農家",
                "農園", "漁協", "農協", "病院", "医院", "クリニック", "薬局", "施設", "保育園", "学校", "事務所", "サロン", "屋です",
                "屋を", "者です", "者でして", "者でございます", "役場", "市役所", "施設です", "メーカー", "工務店", "製作所", "園です",
                "塾", "食堂", "レストラン", "カフェ", "社会保険労務士", "社労士", "団体", "銀行員", "社員", "従業員", "スタッフ",
                "在宅", "テレワーク", "中小", "酒蔵", "蔵元", "牧場", "民宿", "大工", "建設", "運送",
            ],
            Cue::Doing => &[
                "しており", "しています", "しております", "している", "してい", "やって", "営ん", "営む", "営み", "経営", "働い", "働く", "勤め",
                "勤務", "者です", "者で", "暮ら", "住ん", "開業", "操業", "製造", "販売", "創業", "事業", "おります", "会社を", "させてもろ",
                "雇", "運営", "在宅", "テレワーク",
            ],
            Cue::Being => &[
                "ある", "あり", "ござ", "住", "所在", "いる", "おり", "います", "構え", "置い", "置き", "立地", "位置", "移転", "拠点", "本社",
                "支店", "工場", "事業所", "勤務", "引っ越", "住所", "事務所", "営業所", "移り",
            ],
            Cue::Own => &[
                "弊社", "当社", "私ども", "わたしども", "私共", "当方", "わが社", "我が社", "うち", "当店", "当所", "当会", "本市", "当市", "小社",
                "当事業所", "当工場", "当院", "当園", "当協会", "we", "our", "us", "i", "my", "here", "company", "based", "located",
                "situated", "live", "work", "employ", "ours", "i'm", "we're", "we've",
            ],
            Cue::Label => &[
                "所在地", "住所", "ご住所", "勤務地", "都道府県", "事業所所在地", "所在地は", "住所は", "勤務地は", "場所", "場所は", "地域",
                "エリア", "会社所在地", "本社所在地", "現住所", "居住地", "address", "prefecture", "location", "city",
            ],
        }
    }
}

/// Number of cue owners after the names.
pub(super) const COUNT: u32 = Cue::ALL.len() as u32;

/// Adds all words, cue `i` under `first + i`.
pub(super) fn add(automaton: &mut Builder, first: u32) {
    for (index, cue) in Cue::ALL.iter().enumerate() {
        for word in cue.words() {
            let ending = match cue {
                Cue::Honorific | Cue::Own | Cue::Institution | Cue::AwayBefore | Cue::DenyBefore => Ending::Exact,
                _ => Ending::Inflected,
            };
            automaton.add(fold(word).as_str(), first + index as u32, ending);
        }
    }
}

/// Countries that share town names with Japan: `Kochi, India`.
pub(super) const COUNTRIES: &[&str] = &[
    "india", "china", "brazil", "usa", "u.s.a", "united states", "mali", "indonesia", "peru", "philippines", "vietnam",
    "thailand", "korea", "taiwan", "italy", "spain", "turkey", "germany", "france", "hawaii", "california", "oregon",
    "washington", "texas", "new york", "malaysia", "canada", "australia", "paraguay", "kerala", "u.s.",
];

/// What may follow a bare place name in hiragana; the longest first.
pub(super) const AFTER: &[&str] = &[
    "において", "における", "にて", "から", "まで", "では", "でも", "には", "にも", "への", "での", "との", "からの", "までの", "です",
    "でし", "でございます", "でござい", "だけ", "だと", "だが", "だった", "より", "ばかり", "しか", "など", "なの", "なん", "あたり",
    "くらい", "ごと", "とか", "ならび", "および", "または", "もしくは", "か、", "の", "で", "に", "へ", "は", "が", "も", "と", "を", "や",
];
