//! Places read from text as people write it: the traps, own cases, and walks
//! over every row of every table.

use madoguchi::core::address::Address;
use madoguchi::core::inquiry::{self, Inquiry, Mailbox};
use madoguchi::core::lexicon::{Builder, Hit, Lexicon};
use madoguchi::core::places::{Gazetteer, LocalNames, Located, Place, Prefecture, locate};
use madoguchi::core::text::{Passage, Zone};
use std::sync::LazyLock;

static SHIPPED: LazyLock<(Gazetteer, Lexicon)> = LazyLock::new(|| build(&[]));

fn build(local: &[LocalNames]) -> (Gazetteer, Lexicon) {
    let mut builder = Builder::new();
    let gazetteer = Gazetteer::build(local, &mut builder, 1000);
    (gazetteer, builder.build())
}

/// A message of given zones.
#[derive(Default, Clone)]
struct Mail<'a> {
    subject: &'a str,
    fresh: &'a str,
    signature: &'a str,
    quoted: &'a str,
    from: &'a str,
    /// Field names in `fresh`, each `name: value` or `【name】value` on its line.
    form: bool,
}

fn inquiry(mail: &Mail) -> Inquiry {
    let mut inquiry = inquiry::read(b"");
    inquiry.subject = Passage::new(Zone::Subject, mail.subject.to_owned());
    inquiry.fresh = Passage::new(Zone::Fresh, mail.fresh.to_owned());
    inquiry.signature = Passage::new(Zone::Signature, mail.signature.to_owned());
    inquiry.quoted = Passage::new(Zone::Quoted, mail.quoted.to_owned());
    inquiry.header.from = Vec::new();
    if !mail.from.is_empty() {
        let (name, raw) = match mail.from.rsplit_once('<') {
            Some((name, raw)) => (Some(name.trim().to_owned()), raw.trim_end_matches('>').to_owned()),
            None => (None, mail.from.to_owned()),
        };
        inquiry.header.from = vec![Mailbox { name, address: Address::parse(&raw), raw }];
    }
    inquiry.fields = Vec::new();
    if mail.form {
        let mut at = 0;
        for line in mail.fresh.split('\n') {
            let open = if line.starts_with('【') { '【'.len_utf8() } else { 0 };
            if let Some(close) = line.find(['】', '：', ':']) {
                let width = line[close..].chars().next().unwrap().len_utf8();
                inquiry.fields.push(madoguchi::core::text::FormField {
                    name: at + open..at + close,
                    value: at + close + width..at + line.len(),
                });
            }
            at += line.len() + 1;
        }
    }
    inquiry
}

fn located_by((gazetteer, lexicon): &(Gazetteer, Lexicon), mail: &Mail) -> Located {
    let inquiry = inquiry(mail);
    let hits: Vec<(Zone, Vec<Hit>)> = [&inquiry.subject, &inquiry.fresh, &inquiry.signature]
        .into_iter()
        .map(|passage| {
            let mut hits = Vec::new();
            lexicon.scan(&passage.folded, &mut hits);
            (passage.zone, hits)
        })
        .collect();
    let located = locate(gazetteer, &inquiry, &hits);
    match &located.place {
        Place::Unstated => assert!(located.evidence.is_empty(), "evidence for nothing: {:?}", located.evidence),
        Place::Known(_) => assert!(!located.evidence.is_empty(), "known without evidence"),
        Place::Ambiguous(all) => {
            assert!(all.len() >= 2 && all.is_sorted());
            for prefecture in all {
                let code = prefecture.to_string();
                assert!(
                    located.evidence.iter().any(|e| e.about.split('+').any(|c| c == code)),
                    "no evidence for candidate {code}"
                );
            }
        }
    }
    for evidence in &located.evidence {
        if evidence.zone != Zone::Domain {
            let text = &inquiry.passage(evidence.zone).unwrap().text;
            assert_eq!(text[evidence.range.clone()], evidence.text);
        }
    }
    located
}

/// `13`, `13+34` (ambiguous) or `none`.
fn said(place: &Place) -> String {
    match place {
        Place::Known(prefecture) => prefecture.to_string(),
        Place::Ambiguous(all) => all.iter().map(Prefecture::to_string).collect::<Vec<_>>().join("+"),
        Place::Unstated => "none".to_owned(),
    }
}

fn place(mail: &Mail) -> String {
    said(&located_by(&SHIPPED, mail).place)
}

fn fresh(text: &str) -> String {
    place(&Mail { fresh: text, ..Mail::default() })
}

#[test]
fn every_trap_is_decided_right() {
    let mut reader = csv::Reader::from_path("tests/data/traps.csv").unwrap();
    let mut wrong = Vec::new();
    let mut count = 0;
    for row in reader.records() {
        let row = row.unwrap();
        let (id, kind, text, expect) = (&row[0], &row[1], row[3].replace("\\n", "\n"), &row[4]);
        let quoted: Vec<&str> = text.lines().filter(|l| l.starts_with('>')).collect();
        let written: Vec<&str> = text.lines().filter(|l| !l.starts_with('>')).collect();
        let (quoted, written) = (quoted.join("\n"), written.join("\n"));
        let mail = if kind == "domain" {
            Mail { from: &text, fresh: "窓口を教えてください。", ..Mail::default() }
        } else {
            Mail { fresh: &written, quoted: &quoted, ..Mail::default() }
        };
        let got = place(&mail);
        println!("{id} {kind:9} {expect:9} {got:9} {text}");
        if got != expect {
            wrong.push(format!("{id}: expected {expect}, got {got}: {text}"));
        }
        count += 1;
    }
    assert_eq!(count, 90);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Fresh text alone, Japanese.
const JAPANESE: &[(&str, &str)] = &[
    // municipalities, with and without suffix
    ("松江市で和菓子店をしています。", "32"),
    ("帯広で農機具の販売をしております。", "01"),
    ("酒田の運送会社です。", "06"),
    ("下呂で旅館を営んでおります。", "21"),
    ("弊社は新居浜にある機械メーカーです。", "38"),
    ("米子から連絡しています。", "31"),
    ("小樽在住の者です。", "01"),
    ("私どもは飯田市内の精密加工会社です。", "20"),
    ("鯖江のめがね工場です。", "18"),
    ("都城市の畜産会社です。", "45"),
    ("佐世保市の造船所で総務をしております。", "42"),
    ("燕の金物問屋です。在宅勤務について教えてください。", "15"),
    ("呉の鉄工所です。", "34"),
    ("柏のデザイン会社です。", "12"),
    ("津市の印刷会社です。", "24"),
    ("つくば市の研究所です。", "08"),
    ("いわきで測量の仕事をしています。", "07"),
    ("さいたま市大宮区の税理士事務所です。", "11"),
    ("ひたちなか市の部品工場です。", "08"),
    ("うるま市の食品会社です。", "47"),
    ("にかほ市役所の商工課です。", "05"),
    ("むつ市の水産加工会社です。", "02"),
    ("三郷市の倉庫会社です。", "11"),
    ("市川市の学習塾です。", "12"),
    ("北広島市の店舗です。", "01"),
    ("日立市の町工場です。", "08"),
    ("鹿嶋市の会社です。", "08"),
    ("鹿島市の会社です。", "41"),
    // prefectures
    ("鳥取県の事業者です。", "31"),
    ("富山の薬品会社です。", "16"),
    ("愛媛にある会社です。", "38"),
    ("埼玉県内に二つの店があります。", "11"),
    ("沖縄で観光業をしています。", "47"),
    ("山口県の窓口を教えてください。", "35"),
    ("山口の窓口の電話番号を知りたいです。", "35"),
    ("北海道で牧場を経営しています。", "01"),
    ("勤務地は大分です。", "44"),
    ("都道府県：高知", "39"),
    ("三重の工場で在宅勤務を始めたいです。", "24"),
    ("千葉県から問い合わせています。", "12"),
    ("都内の会社です。", "13"),
    // full addresses
    ("事業所は長野県松本市です。", "20"),
    ("所在地は秋田県大館市字中町です。", "05"),
    ("住所：福井県坂井市三国町", "18"),
    ("宮城県大崎市古川の会社です。", "04"),
    ("東京都八王子市の事務所です。", "13"),
    ("名古屋市緑区の会社です。", "23"),
    ("相模原市緑区の会社です。", "14"),
    ("横浜市泉区の会社です。", "14"),
    ("神戸市中央区の貿易会社です。", "28"),
    ("福岡市中央区の広告代理店です。", "40"),
    ("新潟市中央区の飲食店です。", "15"),
    ("大阪市北区の設計事務所です。", "27"),
    ("熊本市南区の建設会社です。", "43"),
    ("堺市美原区の工場です。", "27"),
    ("大島郡龍郷町の会社です。", "46"),
    ("大島郡周防大島町の会社です。", "35"),
    ("安芸郡海田町の会社です。", "34"),
    ("安芸郡芸西村の農家です。", "39"),
    ("海部郡海陽町の漁協です。", "36"),
    ("海部郡蟹江町の会社です。", "23"),
    ("日高郡みなべ町の梅農家です。", "30"),
    ("〒690-0000 の会社です。", "32"),
    // variants of writing
    ("廣島県の会社です。", "34"),
    ("横濱市の会社です。", "14"),
    ("鶴ケ島市の会社です。", "11"),
    ("龍ヶ崎市の会社です。", "08"),
    ("茅ケ崎市の会社です。", "14"),
    ("塩釜市の水産会社です。", "04"),
    ("四条畷市の会社です。", "27"),
    ("フクオカ県の会社です。", "40"),
    ("ナゴヤの会社です。", "23"),
    ("ｻｯﾎﾟﾛｼの会社です。", "01"),
    ("おおさかふの会社です。", "27"),
    ("ひろしまけんの会社です。", "34"),
    // ambiguous names
    ("伊達市の農園です。", "01+07"),
    ("美郷町の会社です。", "05+32+45"),
    ("東北の伊達市の農園です。", "07"),
    ("四国の松前町の漁協です。", "38"),
    ("中央区の会社です。熊本市です。", "43"),
    ("府中市の会社です。最寄り駅は京王線で、東京の西のほうです。", "13"),
    ("備後の府中市で家具を作っています。", "34"),
    ("日野町の会社です。滋賀です。", "25"),
    ("川崎の部品工場です。", "14"),
    ("高山市の旅館です。", "21"),
    // regions in one prefecture
    ("道東で酪農をしています。", "01"),
    ("能登で民宿を営んでいます。", "17"),
    ("備後地方の縫製工場です。", "34"),
    ("淡路島で玉ねぎを作っています。", "28"),
    ("奄美大島の黒糖工場です。", "46"),
    ("湘南でカフェを経営しています。", "14"),
    ("軽井沢の別荘管理会社です。", "20"),
    ("播磨の皮革工場です。", "28"),
    ("信州の味噌蔵で働いています。", "20"),
    ("石垣島のホテルです。", "47"),
    // regions of several
    ("九州の会社です。", "none"),
    ("関西に本社があります。", "none"),
    ("北陸で窓口はありますか。", "none"),
    ("首都圏以外でも使えますか。", "none"),
    // the need against the head office
    ("本社は大阪ですが、相談したいのは島根の営業所です。", "32"),
    ("本社は東京ですが、鳥取の支店で在宅勤務を始めたいと考えています。", "31"),
    ("東京に本社があり、青森の工場でテレワークの導入を検討しています。", "02"),
    ("本店所在地は京都市ですが、今回の対象は滋賀県の事業所です。", "25"),
    ("親会社は愛知にありますが、私どもは岐阜の工場です。", "21"),
    ("登記上の本店は東京都港区ですが、実際の事業所は山梨県甲府市です。", "19"),
    ("長崎支店の者です。本社は福岡です。どちらに相談すべきでしょうか。", "42"),
    ("仙台営業所の佐藤と申します。本社は東京都千代田区です。", "04"),
    ("本社は東京、工場は新潟にあります。工場の事務員の在宅勤務について教えてください。", "15"),
    ("本社は広島市にあります。", "34"),
    ("東京本社と大阪支店があります。", "13+27"),
    ("本社は名古屋市です。本社の総務で在宅勤務を始めたいので窓口を教えてください。支店は津市にあります。", "23"),
    // several, no need stated
    ("宮城と岩手に店があります。", "03+04"),
    ("東京、大阪、福岡に拠点があります。", "13+27+40"),
    ("群馬県と栃木県の2工場です。", "09+10"),
    // moved, travelled, others'
    ("東京から長野県に移転しました。", "20"),
    ("昨年、大阪から徳島に引っ越してきて、小さな会社を始めました。", "36"),
    ("私は熊本出身で、今は札幌市の会社に勤めています。", "01"),
    ("来週は福岡に出張です。", "none"),
    ("取引先の名古屋の会社は導入済みだそうです。", "none"),
    ("東京のような大都市とは違い、当社は高知県の山あいにあります。", "39"),
    ("東京や大阪と違って、島根では講師が見つかりません。", "32"),
    ("長野オリンピックの年に創業しました。", "none"),
    ("大阪万博の仕事をしています。", "none"),
    ("京都旅行の帰りにポスターを見ました。", "none"),
    // denied
    ("東京ではなく、千葉県の窓口を教えてください。", "12"),
    ("大阪の会社ではありません。奈良県の会社です。", "29"),
    ("神奈川以外の窓口は使えますか。", "none"),
    // wrong desk
    ("ナビダイヤルにかけたら大阪の窓口につながれてしまいました。うちは和歌山市です。", "30"),
    // seminars
    ("福岡で説明会を開いていただけませんか。", "40"),
    ("岡山市でセミナーを開催していただきたいです。", "33"),
    ("12月の札幌会場のセミナーに申し込みます。", "01"),
    ("岐阜県の会社です。名古屋会場のセミナーに参加したいです。", "21"),
    ("先日の名古屋のセミナーに参加しました。当社は三重県桑名市です。", "24"),
    ("会場は東京と大阪ばかりですね。秋田県では開かないのですか。", "05"),
    // people
    ("千葉と申します。在宅勤務について伺います。", "none"),
    ("担当は宮崎です。", "none"),
    ("総務部の山口です。", "none"),
    ("総務部　福島", "none"),
    ("石川様のご紹介でご連絡しました。", "none"),
    ("前任の富山さんから引き継ぎました。", "none"),
    ("長野部長から指示がありました。", "none"),
    ("弊社の香川が参加します。", "none"),
    ("小林と松本が参加します。", "none"),
    ("山田の後任の石川と申します。", "none"),
    ("代表取締役　奈良　太郎", "none"),
    ("福井の代理でご連絡しています。担当の福井まで返信ください。", "none"),
    ("参加者：千葉、宮崎、長野", "none"),
    ("社長の秋田が在宅勤務に反対しています。", "none"),
    ("愛知県の会社です。担当は岡山です。", "23"),
    // companies, products, institutions
    ("株式会社福島製作所の者です。", "none"),
    ("有限会社山形商店と申します。", "none"),
    ("東京商会株式会社と申します。", "none"),
    ("大阪フーズ株式会社の総務です。", "none"),
    ("(株)奈良工業です。", "none"),
    ("京都大学の卒業生を採用しました。", "none"),
    ("北海道新聞で読みました。", "none"),
    ("千葉銀行から紹介されました。", "none"),
    ("讃岐うどんの店をしています。", "none"),
    ("宇都宮餃子を通販しています。", "none"),
    ("博多明太子の通信販売です。", "none"),
    ("山形鋼の加工会社です。", "none"),
    ("神戸牛の卸売です。", "none"),
    ("静岡茶を扱っています。", "none"),
    ("〇〇銀行福岡支店に振り込みました。", "none"),
    ("みらい商事名古屋支店の者です。", "23"),
    ("社会福祉法人石巻市社会福祉協議会です。", "04"),
    ("北海道物産の高松支店です。", "37"),
    // words
    ("大分遅くなりました。", "none"),
    ("大分お待たせしました。", "none"),
    ("三重にも確認しました。", "none"),
    ("中間管理職の在宅勤務について", "none"),
    ("国立の研究機関です。", "none"),
    ("光の加減で見えません。", "none"),
    ("行方が分かりません。", "none"),
    ("一戸建てで仕事をしています。", "none"),
    ("観光市場の調査をしています。", "none"),
    ("郵便区分について", "none"),
    ("関西区間の定期代", "none"),
    ("二段階右折", "none"),
    ("最高知能の持ち主", "none"),
    ("昭和の時代からの規程です。", "none"),
    ("大和の精神で頑張ります。", "none"),
    ("安堵しました。", "none"),
    ("高原の別荘で在宅勤務をしたいです。", "none"),
    ("平生は出社しています。", "none"),
    ("東海道線が止まりました。", "none"),
    ("日光が入る部屋で働いています。", "none"),
    ("南国育ちの社員がいます。", "none"),
    ("出水で避難しました。", "none"),
    ("するならけんとうしたいです。", "none"),
    ("まちがさがしにくい地図でした。", "none"),
    ("資料がみえにくいです。", "none"),
    ("もりまちがえました。", "none"),
    ("社員がいきいきと働いています。", "none"),
    ("全国47都道府県にあるのでしょうか。", "none"),
    // phones and codes in text
    ("電話番号は0852-22-0000です。", "32"),
    ("ご連絡は 011-200-0000 まで。", "01"),
    ("TEL：０５８－２６５－００００", "21"),
    ("0120-000-123 にかけました。", "none"),
    ("0800-123-4567 にかけました。", "none"),
    ("050-1234-5678 にかけました。", "none"),
    ("070-1234-5678", "none"),
    ("番号は03-5422-1517で合っていますか。", "none"),
    ("整理番号 690-0001 の件です。", "none"),
    ("郵便番号は690-0001です。", "32"),
    ("電話は06-6400-0000、尼崎市の会社です。", "28"),
    // by itself, as an answer to our question
    ("鳥取県です。", "31"),
    ("鳥取", "31"),
    ("新潟市です。", "15"),
    ("大阪です。", "27"),
    // links and addresses are no text
    ("https://www.example.jp/nagano/ を見ました。", "none"),
    ("sapporo@example.com に返信ください。", "none"),
];

/// Fresh text alone, English and others.
const ENGLISH: &[(&str, &str)] = &[
    ("We are a small company in Matsue.", "32"),
    ("Our office is located in Obihiro, Hokkaido.", "01"),
    ("I am writing from Kanazawa.", "17"),
    ("Our factory in Toyota City makes car seats.", "23"),
    ("We run a guest house in Takayama, Gifu.", "21"),
    ("Our company is based in Nagasaki.", "42"),
    ("a Fukui-based textile maker", "18"),
    ("Which desk covers Tottori Prefecture?", "31"),
    ("Which contact point serves Saga-ken?", "41"),
    ("Where is the Shimane contact point?", "32"),
    ("We have an office in Naha, Okinawa.", "47"),
    ("We live in Tsukuba.", "08"),
    ("I work for a hotel in Hakodate.", "01"),
    ("We are in Chuo-ku, Kobe.", "28"),
    ("Our shop is in Nishi-ku, Fukuoka City.", "40"),
    ("Our shop is in Minami Ward, Sapporo.", "01"),
    ("We are in Minato Ward.", "13+23+27"),
    ("We are located in Izumi-ku, Sendai.", "04"),
    ("Our warehouse stands in Aki-gun, Kochi.", "39"),
    ("We are in Date City, Fukushima.", "07"),
    ("We are in Ibaraki City, Osaka.", "27"),
    ("We are in Ibaraki Prefecture.", "08"),
    ("We are in Fukushima-ku, Osaka.", "27"),
    ("Our plant is in Hyougo.", "28"),
    ("We are in Tokio, near Ueno.", "13"),
    ("Our office is in Oosaka.", "27"),
    ("Our office is in Ōsaka.", "27"),
    ("We are in Kōchi Prefecture.", "39"),
    ("Our office is near Nagoya station.", "23"),
    ("our branch in Kumamoto needs help with telework", "43"),
    ("The head office is in Tokyo, but the Nagano branch needs advice.", "20"),
    ("Head office is in Osaka. This is about our plant in Tottori.", "31"),
    ("Our headquarters are in Nagoya, whereas I ask for the workplace in Gifu.", "21"),
    ("We moved from Osaka to Tokushima last spring.", "36"),
    ("Our firm relocated from Tokyo to Nagano City.", "20"),
    ("We are not in Tokyo but in Saitama.", "11"),
    ("Not the Osaka desk, please; we are in Nara.", "29"),
    ("I was born in Kyoto and run a bakery in Otaru.", "01"),
    ("Our customers in Tokyo asked about telework.", "none"),
    ("I keep ending up at the desk in Osaka, although we are in Wakayama.", "30"),
    ("Please send the schedule for the seminar in Sendai.", "04"),
    ("Could you hold a briefing in Morioka?", "03"),
    ("I attended the workshop in Nagoya last month. Our company is in Tsu, Mie.", "24"),
    ("Offices in Nagano, Niigata and Toyama.", "15+16+20"),
    ("We have branches in Tokyo and Osaka.", "13+27"),
    ("Mr. Chiba asked me to write to you.", "none"),
    ("Ms. Yamaguchi and Mr. Nagano will attend.", "none"),
    ("Miyazaki-san told me about you.", "none"),
    ("Please ask Kenji Ishikawa.", "none"),
    ("Dear Fukushima sama, thank you.", "none"),
    ("Osaka Trading Co., Ltd. has a question.", "none"),
    ("I read about it in the Hokkaido Shimbun.", "none"),
    ("We sell Kobe beef online.", "none"),
    ("We organise the Tokyo Marathon.", "none"),
    ("She graduated from Kyoto University.", "none"),
    ("The Kyoto Protocol is not our subject.", "none"),
    ("Nara Textiles K.K. would like to ask.", "none"),
    ("The spice company from Kochi, India.", "none"),
    ("What is the date of the next seminar?", "none"),
    ("That mine is closed.", "none"),
    ("This is a long saga.", "none"),
    ("He will sue us.", "none"),
    ("Toyota and Hitachi are our customers.", "none"),
    ("We come from the USA.", "none"),
    ("We are somewhere in Kyushu.", "none"),
    ("Our zip code is 690-0001.", "32"),
    ("Call us at +81-852-22-0000.", "32"),
    ("Call us at +81 (0)58 265 0000.", "21"),
    ("My mobile is +81-90-1234-5679.", "none"),
    ("Tokyo", "13"),
    ("we are in sapporo, thanks", "01"),
    ("We are an NPO in Shiga Kogen.", "20"),
    ("Our inn is in Karuizawa.", "20"),
    ("we are on Awaji Island", "28"),
    // other languages
    ("我们公司在福冈市。", "40"),
    ("请问广岛县的咨询窗口电话是多少?", "34"),
    ("我们在横滨市工作。", "14"),
    ("삿포로에 있는 회사입니다.", "01"),
    ("나라에서 정한 규칙입니다.", "none"),
    ("나라현에 있는 회사입니다.", "29"),
];

/// The same, as businesses and people far from the capital write.
const JAPANESE_MORE: &[(&str, &str)] = &[
    ("鳥取で税理士事務所をしている者です。", "31"),
    ("今治でタオルを織っております。", "38"),
    ("高崎のソフト会社に勤めるSEです。", "10"),
    ("別府温泉の旅館組合です。", "44"),
    ("松本駅前で薬局を営んでおります。", "20"),
    ("上越新幹線で通っています。", "none"),
    ("四日市の港湾運送会社です。", "24"),
    ("北九州市小倉北区の製鉄関係の会社です。", "40"),
    ("静岡市清水区の水産加工会社です。", "22"),
    ("沖縄本島の北部、名護の宿です。", "47"),
    ("会津若松の漆器店です。", "07"),
    ("うちの会社は米沢にあるのですが、窓口はどこでしょうか。", "06"),
    ("大阪の東のほう、八尾で町工場をやってます。", "27"),
    ("岡山と広島の県境、笠岡です。", "33"),
    ("京都と言っても舞鶴です。", "26"),
    ("横浜です。", "14"),
    ("埼玉、所沢です。", "11"),
    ("大分県庁の者です。", "44"),
    ("県北の者です。", "none"),
    ("信州の山の中です。", "20"),
    ("瀬戸内海沿いの町で働いています。", "none"),
    ("日本海側の小さな町です。", "none"),
    ("浜松の楽器メーカーに勤めています。", "22"),
    ("東広島の半導体工場です。", "34"),
    ("西東京市の介護事業所です。", "13"),
    ("東大阪のねじ屋です。", "27"),
    ("南相馬の縫製工場です。", "07"),
    ("一関の製麺所です。", "03"),
    ("宮古市の水産会社です。", "03"),
    ("鹿屋の養豚農家です。", "46"),
    ("明石の海苔問屋です。", "28"),
    ("伊勢の旅館です。", "24"),
    ("下関のフグ問屋です。", "35"),
    ("唐津焼の窯元です。", "none"),
    ("刈谷の自動車部品会社です。", "23"),
    ("安城市の自動車部品会社です。", "23"),
    ("一宮の繊維会社です。", "23"),
    ("太田で自動車の部品を作っています。", "10"),
    ("小林市で焼酎を造っています。", "45"),
    ("金沢では、どこに電話すればいいですか。", "17"),
    ("長岡の(株)くろがね電設です。", "15"),
    ("長岡ﾉ㈱黒金電設ﾃﾞｽ。", "15"),
    ("ﾅｺﾞﾔﾉ会社ﾃﾞｽ。窓口ﾊﾄﾞｺﾃﾞｽｶ。", "23"),
    ("ﾆｲｶﾞﾀｹﾝｼﾊﾞﾀｼﾉ商店ﾃﾞｽ", "15"),
    ("福井で総務をしております。", "18"),
    ("富山でドラッグストアを三店やっています。", "16"),
    ("熊谷でパートをしています。", "11"),
    ("三島で病院の事務をしています。", "22"),
    ("飯田で精密部品の検査をしています。", "20"),
    ("川口の鋳物工場です。", "11"),
    ("堺で自転車部品の卸をしています。", "27"),
    ("大津の会計事務所の職員です。", "25"),
    ("弊社は高松に本社を置く食品卸です。", "37"),
    ("佐賀の嬉野温泉で旅館をしています。", "41"),
    ("愛知の豊田市にある部品会社です。", "23"),
    ("群馬の太田です。", "10"),
    ("山口の宇部で化学関係の会社に勤めております。", "35"),
    ("会社は岩手の北上にあります。", "03"),
    ("東京の立川で保育園を経営しています。", "13"),
    ("千葉の柏で学習塾をやっています。", "12"),
    ("兵庫の三田の工業団地です。", "28"),
    ("石川の白山市で酒を造っています。", "17"),
    ("三重の津で印刷屋をしています。", "24"),
    ("新潟の燕です。", "15"),
    ("広島の呉で造船の下請をしています。", "34"),
    ("福岡の大川で家具を作っています。", "40"),
    ("長崎の五島で民宿をしています。", "42"),
    ("熊本の八代で畳表を作っています。", "43"),
    ("鳥取の境港で水産加工をしています。", "31"),
    ("岐阜の関で刃物を作っています。", "21"),
    ("神奈川の大和で薬局をしています。", "14"),
    ("滋賀の草津で介護施設を運営しています。", "25"),
    ("群馬の草津で旅館をしています。", "10"),
    ("山梨の北杜市に移住して在宅で働いています。", "19"),
    ("本社は横浜ですが、相談は沼津工場の件です。", "22"),
    ("大阪本社の人事です。高松支店に在宅勤務を入れたく、ご相談です。", "37"),
    ("当社は東京です。札幌の子会社の件でお尋ねします。", "01"),
    ("支店（金沢市）の従業員が対象です。本社は名古屋です。", "17"),
    ("本社：大阪市　対象事業所：奈良県生駒市", "29"),
    ("今回お尋ねするのは、富山の物流センターのことです。本社は東京です。", "16"),
    ("東京本社ではなく、佐賀の工場の話です。", "41"),
    ("本社のある東京では導入済みですが、これから青森の営業所でも始めます。", "02"),
    ("福岡に本社を置く食品会社の、宮崎工場で総務をしています。", "45"),
    ("本社（東京）からの指示で、岩手工場でも在宅勤務を始めます。", "03"),
    ("親会社が大阪、当社は和歌山です。", "30"),
    ("実際に働いているのは島根の事業所の職員です。本社は広島にあります。", "32"),
    ("本社は静岡市ですが、在宅勤務を認めたいのは愛知県の豊橋営業所の者です。", "23"),
    ("本社所在地：東京都中央区\n相談したい事業所：北海道帯広市", "01"),
    ("東京の本社の総務におりますが、困っているのは長崎の支店です。", "42"),
    ("登記は大阪、実際の仕事場は淡路島です。", "28"),
    ("仙台会場に申し込みます。", "04"),
    ("福岡のセミナーに参加できますか。会社は佐賀県です。", "41"),
    ("大阪と東京の会場のどちらが近いでしょうか。当方三重県伊賀市です。", "24"),
    ("オンラインなら青森からも参加できますか。", "02"),
    ("東京開催とのことですが、新潟からオンラインで参加できますか。", "15"),
    ("盛岡市で開かれる説明会に2名で申し込みます。", "03"),
    ("来月東京へ出張するので、その際に伺えますか。会社は高知です。", "39"),
    ("東京の知人から紹介されました。", "none"),
    ("大阪の業者に見積もりを取りました。", "none"),
    ("東京の会社からシステムを買いました。", "none"),
    ("東京の社労士に相談しましたが、はっきりしませんでした。", "none"),
    ("テレビで愛知の会社の事例を見ました。", "none"),
    ("神山町のような取り組みをしたいです。", "none"),
    ("徳島の神山町のような取り組みをしたいです。", "none"),
    ("東京オリンピックの時は在宅でした。", "none"),
    ("大阪・関西万博の時期だけ在宅にしたいです。", "none"),
    ("以前は東京で勤めていましたが、いまは香川の会社です。", "37"),
    ("3年前に東京から軽井沢に移住しました。", "20"),
    ("前職は福岡でした。", "none"),
    ("妻の実家が秋田で、そこから在宅勤務できますか。", "none"),
    ("東京の窓口ではなく地元の茨城の窓口を知りたいです。", "08"),
    ("石川県の石川です。", "17"),
    ("千葉の千葉です。", "12"),
    ("富山太郎と申します。", "none"),
    ("担当：総務課　高山", "none"),
    ("当社の大津が参加いたします。", "none"),
    ("弊社の香川の工場の件です。", "37"),
    ("東京電力の工事をしている会社です。", "none"),
    ("大阪ガスの代理店です。", "none"),
    ("横浜ゴムの製品を扱っています。", "none"),
    ("株式会社 長野ベアリングです。", "none"),
    ("長野ベアリング株式会社と申します。", "none"),
    ("いわき信用組合から案内をもらいました。", "none"),
    ("ホテル東京の従業員です。", "none"),
    ("山形屋の包装紙です。", "none"),
    ("京都市場に出荷しています。", "none"),
    ("札幌ラーメンの店を旭川でやっています。", "01"),
    ("みどりの窓口で切符を買いました。", "none"),
    ("みよしと申します。", "none"),
    ("さくらが咲くころに始めたいです。", "none"),
    ("経験豊富な講師をお願いします。", "none"),
    ("最上階の部屋で働いています。", "none"),
    ("三種類の手当があります。", "none"),
    ("スーパーの本部で働いています。", "none"),
    ("本部から指示がありました。", "none"),
    ("東洋医学の治療院です。", "none"),
    ("大口の取引先があります。", "none"),
    ("知名度が低いです。", "none"),
    ("北上して移動しています。", "none"),
    ("三光オフィス家具の者です。", "none"),
    ("大洲の会社です。", "38"),
    ("総社で弁当の会社をしとります。", "33"),
    ("横手での開催はいつですか。", "05"),
    ("うちは片田舎で、郡上の山奥です。", "21"),
    ("天草の養殖業者です。", "43"),
    ("こちらは離島の対馬です。", "42"),
    ("屋久島で宿を営んでいます。", "46"),
    ("阿蘇のふもとで牧場をやっています。", "43"),
    ("小豆島で醤油を造っています。", "37"),
    ("隠岐の島町の漁協です。", "32"),
    ("利尻の昆布漁師です。", "01"),
    ("八丈島で民宿をしています。", "13"),
    ("佐渡でトキ米を作っています。", "15"),
    ("五箇山の近く、南砺市です。", "16"),
    ("白川郷の民宿です。", "21"),
    ("岡山市北区の設計事務所です。", "33"),
    ("新潟市秋葉区の花屋です。", "15"),
    ("浜松市中央区の会社です。", "22"),
    ("札幌市手稲区の薬局です。", "01"),
    ("京都市左京区の出版社です。", "26"),
    ("大阪市天王寺区の塾です。", "27"),
    ("福岡市博多区の商社です。", "40"),
    ("博多の商社です。", "40"),
    ("梅田の会社です。", "27"),
    ("渋谷のIT企業です。", "13"),
    ("新宿で派遣会社をしています。", "13"),
    ("横浜のみなとみらいにある会社です。", "14"),
    ("北区の会社です。東京です。", "13"),
    ("緑区の会社です。名古屋です。", "23"),
    ("府中の会社です。広島県です。", "34"),
    ("府中で酒を造っています。福山の近くです。", "34"),
    ("池田町の農家です。十勝です。", "01"),
    ("池田町の農家です。長野県です。", "20"),
    ("川西町の会社です。", "06+29"),
    ("川西市の会社です。", "28"),
    ("美浜町の民宿です。", "18+23+30"),
    ("松島町の宿です。", "04"),
    ("朝日町の会社です。", "06+16+24"),
    ("宮城の松島で宿をしています。", "04"),
    ("上野原市の会社です。", "19"),
    ("川上村の農家です。", "20+29"),
    ("川上村のレタス農家です。長野県です。", "20"),
    ("大阪府池田市の会社です。", "27"),
    ("奈良県三郷町の会社です。", "29"),
    ("千葉市美浜区の会社です。", "12"),
    ("和歌山県美浜町の会社です。", "30"),
    ("愛媛県松前町の会社です。", "38"),
    ("北海道松前町の会社です。", "01"),
    ("高知県香美市の会社です。", "39"),
    ("兵庫県香美町の民宿です。", "28"),
    ("鹿児島県さつま町の会社です。", "46"),
    ("岐阜県山県市の会社です。", "21"),
    ("愛知県みよし市の会社です。", "23"),
    ("徳島県三好市の宿です。", "36"),
    ("山県市の会社です。", "21"),
    ("香川県三豊市の農家です。", "37"),
    ("三重県いなべ市の工場です。", "24"),
    ("広島県世羅町の農園です。", "34"),
    ("鳥取県八頭町の農家です。", "31"),
    ("新潟県見附市のニット工場です。", "15"),
    ("沖縄県石垣市のダイビング店です。", "47"),
    ("事業場は茨城県神栖市です。", "08"),
    ("当社（福島県郡山市）では来春から在宅勤務を始めます。", "07"),
    ("静岡→転勤で今は甲府勤務です。", "19"),
    ("大阪から越してきて今は徳島です。", "36"),
    ("宮崎県は対象ですか。", "45"),
    ("長崎でも相談を受けてもらえますか。", "42"),
    ("香川で対面相談できる所はありますか。", "37"),
    ("滋賀の社労士会の電話番号を教えてください。", "25"),
    ("秋田にも窓口はありますか。", "05"),
    ("山形の方はどこに聞けばいいですか。", "06"),
    ("島根なんですけど、どこにかければいいですか。", "32"),
    ("岩手だと窓口はどこになりますか。", "03"),
    ("愛知県内で一番近い窓口をお願いします。", "23"),
    ("福島県いわき市から問い合わせております。", "07"),
    ("宇和島から失礼します。", "38"),
    ("豊橋より問い合わせいたします。", "23"),
    ("大阪やけど、どこにかけたらええの。", "27"),
    ("うちは鳥取じゃけえ、近くに窓口がないんよ。", "31"),
    ("札幌っす。窓口どこっすか。", "01"),
    ("青森だば、どさ聞けばいいんだべ。", "02"),
    ("松江の者ですが、担当の方と話せますか。", "32"),
    ("諫早で塾をしています。", "42"),
    ("人吉の温泉旅館です。", "43"),
    ("射水市内の運送会社の総務です。", "16"),
    ("大垣の部品商社に勤めています。", "21"),
    ("館林の物流倉庫の者です。", "10"),
    ("木更津のホテルで経理をしています。", "12"),
    ("安曇野の古民家で仕事をする社員がいます。", "20"),
    ("日南の小さな漁具店です。", "45"),
    ("大牟田商工会議所の者です。", "40"),
    ("萩市で説明会を開きたいです。", "35"),
    ("養父市の牧場です。", "28"),
    ("倉敷帆布の商品を扱う店です。", "none"),
    ("鳴門の海産物店です。", "36"),
    ("北見の農協です。", "01"),
    ("富士市の製紙工場です。", "22"),
    ("奄美で説明会を開いていただけませんか。", "46"),
    ("石巻で開かれるセミナーに申し込みます。", "04"),
    ("出雲から伺うことはできますか。", "32"),
    ("厚木の研究所で働く者のことです。本社は東京です。", "14"),
    ("一関の事業所で、電車が遅れて半日在宅にした場合はどうなりますか。", "03"),
    ("雪で行けません。福井会場の振替日はありますか。", "18"),
    ("台風で那覇の事務所が停電しました。在宅の者の休業手当はどうなりますか。", "47"),
    ("フェリーが欠航で佐渡から出られません。", "15"),
    ("九州の南のほう、指宿です。", "46"),
    ("この春に那須塩原へ移りました。", "09"),
    ("来年、長野へ移転する予定です。", "20"),
    ("来月から社員を一人、徳島に移住させて在宅で働かせます。会社は東京都新宿区です。", "13"),
    ("新潟県と山形県の境にある鶴岡の会社です。", "06"),
    ("本庄のお菓子屋です。", "11"),
    ("由利本荘市の会社です。", "05"),
    ("大崎にある会社です。", "04"),
    ("宮古島でホテルを営んでいます。", "47"),
    ("伊達で農業をしています。福島です。", "07"),
    ("田辺の梅農家です。", "30"),
    ("橿原で歯科医院をしています。", "29"),
    ("丸亀でうちわを作っています。", "37"),
    ("鎌倉でカフェをしています。", "14"),
    ("藤沢の介護施設です。", "14"),
    ("小田原のかまぼこ店です。", "14"),
    ("豊岡の鞄屋です。", "28"),
    ("西宮の洋菓子店です。", "28"),
    ("彦根の仏壇屋です。", "25"),
    ("長浜の縫製会社です。", "25"),
    ("高岡の鋳物工場です。", "16"),
    ("七尾の旅館です。", "17"),
    ("甲府の宝石加工会社です。", "19"),
    ("諏訪の時計部品工場です。", "20"),
    ("上田の精密機械の会社です。", "20"),
    ("三条の金物問屋です。", "15"),
    ("十日町の着物屋です。", "15"),
    ("桐生の織物工場です。", "10"),
    ("足利の繊維会社です。", "09"),
    ("結城の紬屋です。", "08"),
    ("石岡の酒蔵です。", "08"),
    ("行田の足袋屋です。", "11"),
    ("秩父の旅館です。", "11"),
    ("銚子の缶詰工場です。", "12"),
    ("八王子の大学の隣の会社です。", "13"),
    ("町田の学習塾です。", "13"),
    ("横須賀の造船の下請です。", "14"),
    ("焼津の水産会社です。", "22"),
    ("掛川のお茶農家です。", "22"),
    ("瀬戸の焼き物屋です。", "23"),
    ("蒲郡の繊維会社です。", "23"),
    ("松阪の牧場です。", "24"),
    ("伊賀の組紐屋です。", "24"),
    ("舞鶴の船具店です。", "26"),
    ("宇治のお茶屋です。", "26"),
    ("岸和田の鉄工所です。", "27"),
    ("泉佐野のタオル工場です。", "27"),
    ("生駒の茶筅屋です。", "29"),
    ("橋本のパイル織物工場です。", "30"),
    ("倉吉の絣の店です。", "31"),
    ("浜田の水産加工場です。", "32"),
    ("津山の林業会社です。", "33"),
    ("尾道の造船会社です。", "34"),
    ("防府の自動車部品工場です。", "35"),
    ("阿南のLED部品工場です。", "36"),
    ("坂出の造船所です。", "37"),
    ("宇和島の真珠養殖業者です。", "38"),
    ("四万十の川漁師です。", "39"),
    ("久留米の靴工場です。", "40"),
    ("伊万里の焼き物屋です。", "41"),
    ("島原の手延べそうめん屋です。", "42"),
    ("水俣の製薬会社です。", "43"),
    ("中津の自動車工場です。", "44"),
    ("延岡の化学工場です。", "45"),
    ("枕崎の鰹節屋です。", "46"),
    ("名護の泡盛蔵です。", "47"),
    ("八戸の水産加工会社です。", "02"),
    ("釜石の製鉄関係の会社です。", "03"),
    ("気仙沼のふかひれ加工会社です。", "04"),
    ("能代の木材会社です。", "05"),
    ("酒田の米問屋です。", "06"),
    ("喜多方のラーメン屋です。", "07"),
    ("相馬の漁協です。", "07"),
    ("弊社の支店は松山にございます。", "38"),
    ("高知の山間部の小さな会社です。", "39"),
    ("福岡と申しますが、セミナーは何時からですか。", "none"),
    ("社員の長野が在宅勤務中に転びました。", "none"),
    ("弊社社員の宮崎が自宅で転倒しました。", "none"),
    ("福島の件でご連絡しました。", "none"),
    ("先ほどお電話した川崎です。", "none"),
    ("昨日お電話した山形です。よろしくお願いします。", "none"),
    ("総務の松山でございます。", "none"),
    ("担当は経理の大津です。", "none"),
    ("人事部　川口", "none"),
    ("以上、よろしくお願いいたします。　秋田", "none"),
    ("千葉商店と申します。会津若松で乾物を扱っています。", "07"),
    ("福岡フーズの石川です。", "none"),
    ("北海道銀行で見たチラシの件です。", "none"),
    ("東京書籍の本を読みました。", "none"),
    ("東京大学の先生の講演を聞きました。", "none"),
    ("静岡おでんの店です。", "none"),
    ("長崎カステラを売っています。", "none"),
    ("広島風お好み焼きの店です。", "none"),
    ("宮崎マンゴーを出荷しています。", "none"),
    ("秋田犬の保存会です。", "none"),
    ("京都弁の講師をお願いします。", "none"),
    ("関西弁で失礼します。", "none"),
    ("大阪弁ですみません。", "none"),
    ("江戸時代からの商家です。", "none"),
    ("九谷焼の窯元です。", "none"),
    ("九谷焼の窯元です。小松市です。", "17"),
    ("仙台味噌の蔵元です。石巻市にあります。", "04"),
    ("窓口担当の千葉様にお世話になりました。", "none"),
    ("金沢区の保育園です。", "14"),
    ("横浜市金沢区の介護施設の福岡と申します。", "14"),
    ("川西市と川西町の両方に店があります。", "06+28+29"),
    ("全国に支店があります。", "none"),
    ("海外からですが相談できますか。", "none"),
    ("ハワイで働きたい社員がいます。", "none"),
    ("県の窓口を教えてください。", "none"),
    ("市役所の者です。", "none"),
    ("当県の窓口はどこですか。", "none"),
    ("東海地方の会社です。", "none"),
    ("首都圏の会社です。", "none"),
    ("自宅は埼玉県川口市、会社は東京都北区です。", "13"),
    ("会社は名古屋市にあり、三重県の桑名市に住んでいます。", "23"),
    ("奈良に住んでいます。", "29"),
    ("滋賀から通勤しています。会社は京都市です。", "26"),
    ("弊社は大阪市に本社を置く建材商社です。このたび香川県の坂出営業所で在宅勤務を始めるにあたり、ご相談です。", "37"),
    ("本社（名古屋市）で一括して手続きしていますが、対象となる社員は全員、富山の工場勤務です。", "16"),
    ("会社の登記は東京ですが、実態は長野県の伊那にあります。", "20"),
    ("東京にある親会社の指示で、うち（新潟市）でも始めることになりました。", "15"),
    ("岐阜に工場、名古屋に事務所があります。事務所のほうの相談です。", "23"),
    ("本社のほうは導入済みで、次は浜松の工場の番です。本社は東京です。", "22"),
    ("東京の本社には社労士がいますが、私のいる佐世保の事業所には誰もいません。", "42"),
    ("今春、京都から滋賀の大津へ本社を移しました。", "25"),
    ("本社を高松から松山に移転しました。", "38"),
    ("登記上の本店は京都、事務所は大阪の茨木です。", "27"),
    ("出張で仙台に来ていますが、会社は秋田です。", "05"),
    ("息子が横浜で働いています。", "14"),
    ("夫の会社は徳島です。", "36"),
    ("私は長崎の出身で、今は静岡で働いています。", "22"),
    ("静岡の友人に聞いて連絡しました。岐阜の者です。", "21"),
    ("秋田県の窓口に電話しましたが、つながりません。", "05"),
    ("宇都宮会場は遠いので、栃木市内での開催を希望します。", "09"),
    ("東京会場まで行けません。山梨からです。", "19"),
    ("大阪会場の案内が来ましたが、うちは岡山です。", "33"),
    ("前回は仙台でしたが、次は山形でお願いできますか。", "06"),
    ("昨年の盛岡のセミナーがよかったので、今年は八戸で開いてほしいです。", "02"),
    ("福岡、熊本と続いたので、次は鹿児島でお願いします。", "46"),
    ("当方、福井。隣の石川の窓口でもいいのか。", "18"),
    ("東京の隣の市川です。", "12"),
    ("福岡支社の者です。本社は東京、支社は大阪と福岡にあります。", "40"),
    ("大阪支社から熊本支社へ異動になった社員がいます。", "43"),
    ("工場は群馬と埼玉の二か所で、今回は埼玉のほうです。", "11"),
    ("東京から新幹線で二時間の上田です。", "20"),
    ("大阪から車で一時間、三重の名張です。", "24"),
    ("新潟駅から徒歩五分の事務所です。", "15"),
    ("県庁のある松江までは遠いので、浜田で相談できませんか。", "32"),
    ("大阪市内の会社ですが、働くのは兵庫県三田市の自宅です。", "27"),
    ("京都の北、綾部の縫製会社です。", "26"),
    ("富士山のふもと、御殿場の会社です。", "22"),
    ("琵琶湖のほとり、長浜で旅館をしています。", "25"),
    ("瀬戸大橋のたもと、坂出の会社です。", "37"),
    ("関門海峡のそば、門司の倉庫会社です。", "40"),
    ("桜島の見える鹿児島の会社です。", "46"),
    ("知床のふもと、斜里町の農家です。", "01"),
    ("伊勢神宮の近くの土産物屋です。伊勢市です。", "24"),
    ("東京本社の指示で、在宅勤務者の名簿を作っています。当方は広島工場の総務です。", "34"),
    ("鹿児島、宮崎の両県に店がありますが、今回は宮崎の店の話です。", "45"),
    ("長野と新潟に工場があり、後者で在宅勤務を始めます。", "15"),
    ("最寄りは岡山市になります。", "33"),
    ("うちから一番近いのは高松ですか。", "37"),
    ("香川か徳島の窓口を紹介してください。当社は徳島県鳴門市です。", "36"),
    ("宮崎に二店舗あります。", "45"),
    ("石川の店の従業員です。", "17"),
    ("千葉の倉庫で働いています。", "12"),
    ("山口で電気工事店をやっております。", "35"),
    ("長野の方ですが、対面の相談はありますか。", "20"),
    ("福島から避難して、今は山形で会社をしています。", "06"),
    ("熊本地震のあと在宅を始めた会社です。熊本県益城町です。", "43"),
    ("阪神淡路大震災の年に創業しました。", "none"),
    ("名古屋名物の店です。", "none"),
    ("京都検定の本を見ました。", "none"),
    ("大阪府警から注意がありました。", "none"),
    ("東京都立の学校の話を聞きました。", "none"),
    ("旭化成の代理店です。", "none"),
    ("松山さんから紹介されました。", "none"),
    ("高松塚の研究をしています。", "none"),
    ("岡崎城の近くです。", "none"),
    ("東京まで行けないのでオンラインで参加できますか。", "none"),
    ("わざわざ東京まで行くのは大変です。山口の会社です。", "35"),
    ("東京へ行かなくても相談できますか。当社は秋田市です。", "05"),
    ("金沢までは遠いので、珠洲で開いてほしいです。", "17"),
];

/// More in English, Chinese and Korean.
const ENGLISH_MORE: &[(&str, &str)] = &[
    ("I run a small guesthouse up in the mountains near Nozawa Onsen.", "20"),
    ("Our Yokohama office would like to start telework.", "14"),
    ("Our people in Fukuoka need a contact.", "40"),
    ("We're a 12-person design studio in Kobe.", "28"),
    ("This concerns our Sendai plant (HQ in Tokyo).", "04"),
    ("HQ Tokyo, but the folks who will telework sit in Matsumoto.", "20"),
    ("My employer's head office is in Osaka; I work at the Okayama branch.", "33"),
    ("The seminar in Hiroshima on 12 December - can we join from Shimane?", "32"),
    ("Regards, Yuki Chiba", "none"),
    ("Kenta Yamagata, Aoba Foods", "none"),
    ("Hiroshima Precision Ltd has a question.", "none"),
    ("We are in Mine City, Yamaguchi.", "35"),
    ("We are a dairy in Tsu City, Mie.", "24"),
    ("We are a company in Gotemba, at the foot of Mt. Fuji.", "22"),
    ("We make Kyoto-style lunch boxes.", "none"),
    ("The webinar starts at 9:00 Tokyo time.", "none"),
    ("I came across your poster at Tokyo Station.", "none"),
    ("Our office is right next to Hakata Station.", "40"),
    ("We flew to Sapporo last week.", "none"),
    ("I was told to call the Nagano desk. What is the number?", "20"),
    ("Our dentist's office in Kofu has six employees.", "19"),
    ("We farm wasabi in Azumino.", "20"),
    ("The clinic is in Tokushima City.", "36"),
    ("We're a small NPO up in Asahikawa.", "01"),
    ("My wife and I run a ryokan in Beppu.", "44"),
    ("I manage a call centre in Naha.", "47"),
    ("I teach English in Morioka.", "03"),
    ("I work remotely from Karuizawa for a company.", "20"),
    ("We are a winery in Yamanashi Prefecture.", "19"),
    ("Do you have anyone in Aomori?", "02"),
    ("Is there a desk in Kagoshima?", "46"),
    ("Which office handles Wakayama?", "30"),
    ("Where can companies in Toyama call?", "16"),
    ("I'm calling from Nagasaki.", "42"),
    ("Greetings from Kanazawa.", "17"),
    ("We are a Niigata company with 40 staff.", "15"),
    ("Our firm, based in Utsunomiya, makes pumps.", "09"),
    ("Our workshop is just outside Kurashiki.", "33"),
    ("The branch we opened in Matsuyama last year has nine people.", "38"),
    ("We closed our Tokyo office and moved everything to Nasushiobara.", "09"),
    ("We used to be in Yokohama, but now we are in Odawara.", "14"),
    ("Not Sapporo. We are in Sendai.", "04"),
    ("Our client in Nagoya uses telework already.", "none"),
    ("Our lawyer in Tokyo says we need it.", "none"),
    ("A friend in Osaka recommended you.", "none"),
    ("I saw a company in Aichi on television.", "none"),
    ("Tokyo and Osaka have desks; what about Saga?", "41"),
    ("The main office is in Kobe. Our warehouse in Himeji is what I am writing about.", "28"),
    ("Our headquarters are in Sapporo, but I am asking about the two people in Hakodate.", "01"),
    ("Head office: Tokyo. Site concerned: Kitakyushu.", "40"),
    ("Our company is registered in Tokyo, but everyone works in Kamakura.", "14"),
    ("We are in Kita-ku, Okayama.", "33"),
    ("We are in Chuo-ku.", "01+11+12+13+14+15+22+27+28+40+43"),
    ("We are in Higashi-Osaka.", "27"),
    ("We are in Kitakyūshū.", "40"),
    ("We are in Shin-Yokohama.", "14"),
    ("We are at 3-9-99 Honmachi, Kofu, Yamanashi 400-0031.", "19"),
    ("Our address is 9-99 Otemachi, Naka-ku, Hiroshima.", "34"),
    ("Address: Omiya-ku, Saitama-shi.", "11"),
    ("The address is 99 Sanjo, Nara-shi, Nara-ken.", "29"),
    ("Our shop is in Hirosaki-shi, Aomori-ken.", "02"),
    ("We're in Miyazaki, on Kyushu.", "45"),
    ("We are in Fukushima.", "07"),
    ("We are located in Ishikawa.", "17"),
    ("I live in Kagawa.", "37"),
    ("Our hotel is in Gifu.", "21"),
    ("Mr. Nagasaki from accounting will join.", "none"),
    ("Ask Ishikawa in accounting.", "none"),
    ("Our president, Mr. Fukui, will attend.", "none"),
    ("Please reply to Yamagata at extension 12.", "none"),
    ("Yours, Saga", "none"),
    ("We publish a guide to the Nagano Alps for hikers.", "none"),
    ("We export Kobe beef and Uji tea.", "none"),
    ("Our Osaka-based supplier is slow.", "none"),
    ("The Kyoto Chamber of Commerce and Industry", "26"),
    ("I am with Tottori City Hall.", "31"),
    ("This is the Shimane prefectural government.", "32"),
    ("Our school is in Akita City.", "05"),
    ("We are in Hiroshima Prefecture, in Fuchu.", "34"),
    ("We are in Fuchu, Tokyo.", "13"),
    ("We are in Fuchu.", "13+34"),
    ("We are in Date, Hokkaido.", "01"),
    ("We are in Ota City, Gunma.", "10"),
    ("We are in Oda, Shimane.", "32"),
    ("We are in Sakai, Fukui.", "18"),
    ("We are in Sakai.", "08+18+27"),
    ("We are in Kashima.", "08+41+43"),
    ("We are in Kashima, Saga.", "41"),
    ("We are in Kofu.", "19"),
    ("The plant in Toyohashi wants to try telework. The owner is in Tokyo.", "23"),
    ("We're in the Tokyo area.", "13"),
    ("We're from a village in Nagano.", "20"),
    ("Our studio's in Onomichi.", "34"),
    ("Our office's at Umeda.", "27"),
    ("We have nobody in Tokyo; all of us are in Yamagata.", "06"),
    ("Tokyo, Japan", "13"),
    ("Sapporo, Hokkaido, Japan", "01"),
    ("No office in Osaka any more, only Nara.", "29"),
    ("It is for my father's company in Tsuruoka.", "06"),
    ("Osaka or Kyoto, which desk is ours? We are in Takatsuki.", "27"),
    ("We are in Matsue, not Matsuyama.", "32"),
    ("I read about the seminar in the Asahi Shimbun.", "none"),
    ("Telework is common in Tokyo.", "none"),
    ("Unlike firms in Tokyo, we in Tottori have no adviser.", "31"),
    ("我们在金泽市。", "17"),
    ("公司位于滨松市。", "22"),
    ("我在札幌工作。", "01"),
    ("请告诉我长野县的联系电话。", "20"),
    ("我們在橫濱市。", "14"),
    ("오사카에 있습니다.", "27"),
    ("그 아이치고는 잘합니다.", "none"),
    ("나고야시에서 일합니다.", "23"),
    ("도쿄 신주쿠의 회사입니다.", "13"),
    ("후쿠오카현에 있는 회사입니다.", "40"),
    ("Is there a desk around Omiya?", "11"),
    ("I live in Nerima and could not come to the seminar.", "13"),
    ("Will there be a session in English in Niseko?", "01"),
    ("Is there anybody I could talk to in Satsumasendai?", "46"),
    ("We are a machine shop in Tsubame-Sanjo.", "15"),
    ("Our workers are in Fujisawa. Head office is in Tokyo.", "14"),
    ("One of our contract workers in Kurashiki burned her hand.", "33"),
    ("I work for a Brazilian grocery in Hamamatsu.", "22"),
    ("Please register two people for Hikone.", "25"),
    ("Please register me for the Kyoto seminar.", "26"),
    ("I missed the Hiroshima seminar because of the typhoon. Is there a recording?", "34"),
    ("After the flood in Hitoyoshi we sent everyone home.", "43"),
    ("Our office in Naha gets very hot in summer; who pays for air conditioning at home?", "47"),
    ("I live near Chiba and want the phone number of the desk.", "12"),
    ("Writing from Sapporo, where snow keeps us home.", "01"),
    ("Hello from Okinawa!", "47"),
    ("This is about our site at Toyama.", "16"),
    ("We have forty people in Utsunomiya and six in Oyama.", "09"),
    ("Tsukuba-based startup, 15 people.", "08"),
    ("Matsuyama branch, need help with telework rules.", "38"),
    ("Hi, Nagoya company here.", "23"),
    ("We're a family business from Tottori.", "31"),
    ("Trabalho em Hamamatsu e tenho uma pergunta.", "22"),
    ("Wir sind eine Firma in Kobe.", "28"),
    ("Nous sommes une entreprise à Nagoya.", "23"),
    ("Toi lam viec o Osaka.", "27"),
    ("I am Nara, a sole proprietor.", "none"),
    ("My name is Chiba.", "none"),
    ("This is Yamaguchi speaking.", "none"),
    ("Our colleague Fukuoka will join online.", "none"),
    ("Nagano and Okayama from sales will attend.", "none"),
    ("My boss Mr. Ishikawa is against it.", "none"),
    ("Tottori Sand Co. is my client.", "none"),
    ("We use Fujitsu laptops and a Kyocera printer.", "none"),
    ("I read the Tokyo Shimbun article.", "none"),
    ("The Kyoto office of our tax firm told us.", "none"),
    ("On May 4 I called the Navi Dial.", "none"),
    ("I may date the contract in April.", "none"),
    ("A gold mine of information.", "none"),
    ("We sell Sendai miso abroad.", "none"),
    ("Our parent company is in Leeds.", "none"),
    ("Head office: Osaka. Need: Takamatsu office.", "37"),
    ("The company is in Tokyo on paper, but the workplace is in Hakuba.", "20"),
    ("Kanagawa or Tokyo? Our office is in Machida.", "13"),
    ("Please don't send me to Tokyo again, I am in Ehime.", "38"),
    ("As I said, not Tokyo: Shizuoka.", "22"),
    ("Oita, not Ota.", "44"),
    ("Our staff live in Nara and Kyoto, the office is in Osaka.", "27"),
    ("Taro Yamada, 3F Aoba Building, Aoba-ku, Sendai", "04"),
    ("Although we are headquartered in Tokyo, the team concerned is in Akita.", "05"),
    ("Our company, whose head office is in Nagoya, has a plant in Yokkaichi where we want to start telework.", "24"),
    ("We attended the seminar in Fukuoka; our office is in Oita.", "44"),
    ("Tokyo was full, so could you add one in Sendai?", "04"),
    ("Our office in Kobe (head office Tokyo) has a question.", "28"),
    ("Tokyo HQ, Nagano plant: a question about the plant.", "20"),
    ("She works for our Hiroshima branch but lives in Yamaguchi.", "34"),
    ("We are in Gunma, right at the border to Saitama.", "10"),
    ("Two hours from Tokyo by train, in Ueda, we run an inn.", "20"),
    ("We are an hour from Osaka, in Nabari.", "24"),
    ("Is the Osaka seminar also streamed? We are in Wakayama.", "30"),
    ("I'm from Hokkaido originally but the shop is in Okinawa.", "47"),
    ("My employer is based in Singapore; I live in Fukuoka.", "40"),
    ("North of Tokyo, in Kuki, we run a nursery school.", "11"),
    ("We have sites in Osaka and Fukuoka; my question is about the latter.", "40"),
    ("My husband works in Kochi.", "39"),
    ("Our son is employed in Yokohama.", "14"),
    ("The people concerned all work in Maebashi, Gunma.", "10"),
    ("We rent a small office in Takamatsu, the owner lives in Tokyo.", "37"),
    ("The Tokyo seminar is too far for us; anything in Aomori?", "02"),
    ("Could the Saga desk see us in person?", "41"),
    ("Our shop, next to Kanazawa Castle, has five staff. We are in Kanazawa.", "17"),
    ("I phoned the desk in Kagawa but nobody answered.", "37"),
    ("We run three shops in Tottori and one in Shimane.", "31+32"),
    ("Chiba-based, 30 staff.", "12"),
    ("We're moving our office from Nagoya to Gifu next month.", "21"),
    ("We are in Kita-Hiroshima.", "01"),
    ("We are in Kita Hiroshima, near the ballpark.", "01"),
    ("Our office is in Higashi Matsuyama.", "11"),
    ("Our office is in Satsuma-Sendai.", "46"),
    ("Our office is in Yamato Koriyama.", "29"),
    ("We live in Kawachi-Nagano.", "27"),
    ("We work in Izumi-Otsu.", "27"),
    ("Our plant is in Hitachi-Omiya.", "08"),
    ("We run a clinic in Kyo-Tanabe.", "26"),
    ("We run a clinic in Higashi-Kurume.", "13"),
    ("Our shop is in Matuyama.", "38"),
    ("Our shop is in Ohtsu.", "25"),
    ("Our shop is in Hukuoka.", "40"),
    ("Our shop is in Itinomiya, Aiti.", "23"),
    ("Our shop is in Nishi Tokyo.", "13"),
];

fn check(cases: impl Iterator<Item = (String, String, String)>) {
    let mut wrong = Vec::new();
    let mut count = 0;
    for (shown, got, expect) in cases {
        count += 1;
        if got != expect {
            wrong.push(format!("expected {expect}, got {got}: {shown}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {count} wrong\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn japanese_texts() {
    check(JAPANESE.iter().map(|(text, expect)| ((*text).to_owned(), fresh(text), (*expect).to_owned())));
}

#[test]
fn more_japanese_texts() {
    check(JAPANESE_MORE.iter().map(|(text, expect)| ((*text).to_owned(), fresh(text), (*expect).to_owned())));
}

#[test]
fn more_english_and_other_texts() {
    check(ENGLISH_MORE.iter().map(|(text, expect)| ((*text).to_owned(), fresh(text), (*expect).to_owned())));
}

#[test]
fn english_and_other_texts() {
    check(ENGLISH.iter().map(|(text, expect)| ((*text).to_owned(), fresh(text), (*expect).to_owned())));
}

#[test]
fn zones_are_heard_in_order() {
    let ask = "在宅勤務の手当について教えてください。";
    let none = Mail::default();
    let cases = [
        // text over signature
        (
            Mail {
                fresh: "長野の支店の件で相談します。",
                signature: "株式会社あおば\n〒100-0004 東京都千代田区大手町9-9",
                ..none
            },
            "20",
        ),
        (
            Mail {
                fresh: ask, signature: "株式会社あおば\n〒100-0004 東京都千代田区大手町9-9", ..none
            },
            "13",
        ),
        (
            Mail {
                fresh: ask, signature: "株式会社あおば　総務部　千葉\n〒920-0000 石川県金沢市", ..none
            },
            "17",
        ),
        (Mail { fresh: ask, signature: "丸木建設　山口\nTEL 0857-20-0000", ..none }, "31"),
        (Mail { fresh: ask, signature: "山口 花子\n携帯 090-1234-5679", ..none }, "none"),
        (Mail { fresh: ask, signature: "長野\n090-1234-5679", from: "長野 一 <h@example.com>", ..none }, "none"),
        (Mail { fresh: ask, signature: "Aoba Works K.K.\n1-2-3 Ichibancho, Aoba-ku, Sendai 980-0811", ..none }, "04"),
        (
            Mail {
                fresh: ask,
                signature: "Taro Nagano\nBlue Sky Inc.\n5F Bandai, Chuo-ku, Niigata 950-0088 Japan",
                ..none
            },
            "15",
        ),
        (Mail { fresh: ask, signature: "Kana Osaka\nSales", ..none }, "none"),
        (Mail { fresh: ask, signature: "P. Smith\nKyoto, Japan", ..none }, "26"),
        (Mail { fresh: ask, signature: "佐藤\nE-mail: sato@city.imabari.ehime.jp", ..none }, "38"),
        (Mail { fresh: ask, signature: "佐藤\n500-8076 岐阜市", ..none }, "21"),
        (Mail { fresh: ask, signature: "佐藤\n〒500-8076", ..none }, "21"),
        (Mail { fresh: ask, signature: "佐藤\nTEL 671-2121", ..none }, "none"),
        // several offices
        (
            Mail {
                fresh: ask,
                signature: "あおば株式会社\n【本社】〒100-0004 東京都千代田区大手町9-9\n【大阪支店】〒530-0001 大阪府大阪市北区梅田9-9",
                ..none
            },
            "13+27",
        ),
        (
            Mail {
                fresh: ask,
                signature: "あおば株式会社 大阪支店\n営業一課　田中\n本社 〒100-0004 東京都千代田区大手町9-9\n大阪支店 〒530-0001 大阪府大阪市北区梅田9-9",
                ..none
            },
            "27",
        ),
        (
            Mail {
                fresh: ask,
                signature: "あおば株式会社\n田中\n〒730-0011 広島県広島市中区基町9-9\n（本社：〒100-0004 東京都千代田区大手町9-9）",
                ..none
            },
            "34",
        ),
        (
            Mail {
                fresh: "広島の営業所で在宅勤務を始めたいです。",
                signature: "【本社】東京都千代田区\n【広島営業所】広島県広島市中区",
                ..none
            },
            "34",
        ),
        // what the text leaves open, the signature may narrow
        (Mail { fresh: "府中市の会社です。", signature: "〒183-0055 府中市府中町", ..none }, "13"),
        (Mail { fresh: "府中市の会社です。", signature: "TEL 0847-40-0000", ..none }, "34"),
        (Mail { fresh: "府中市の会社です。", from: "soumu@city.fuchu.hiroshima.jp", ..none }, "34"),
        (Mail { fresh: "We are in Sakai City.", signature: "TEL 0776-60-0000", ..none }, "18"),
        // but not what it leaves contradictory
        (
            Mail {
                fresh: "愛知と岐阜に工場があります。", signature: "〒460-0001 名古屋市中区", ..none
            },
            "21+23",
        ),
        // subject
        (Mail { subject: "徳島の窓口について", fresh: ask, ..none }, "36"),
        (Mail { subject: "仙台セミナー申込", fresh: "1名申し込みます。", ..none }, "04"),
        (
            Mail {
                subject: "RE: 東京会場のご案内", fresh: "岐阜県の窓口を教えてください。", ..none
            },
            "21",
        ),
        (Mail { subject: "RE: 東京会場のご案内", fresh: ask, signature: "〒500-8076 岐阜市", ..none }, "21"),
        (Mail { subject: "Fwd: 東京会場のご案内", fresh: ask, ..none }, "none"),
        (Mail { subject: "Not Osaka!", fresh: "We are in Nara.", ..none }, "29"),
        // a name without a word on what it is to the sender, against their address
        (
            Mail {
                fresh: "東京でも在宅勤務が広まっていると聞きました。",
                signature: "〒690-0852 島根県松江市千鳥町9-9",
                ..none
            },
            "13+32",
        ),
        (
            Mail {
                fresh: "東京では窓口がすぐ見つかりました。", signature: "〒690-0852 島根県松江市千鳥町9-9", ..none
            },
            "13+32",
        ),
        (
            Mail {
                fresh: ask,
                signature: "あおば株式会社　大阪本社　総務部\n山田\n東京本社：東京都千代田区大手町9-9\n大阪本社：大阪府大阪市北区梅田9-9",
                ..none
            },
            "27",
        ),
        (
            Mail {
                fresh: ask,
                signature: "あおば株式会社　九州支店　山田\n本社　東京都千代田区大手町9-9\n九州支店　福岡県福岡市博多区9-9",
                ..none
            },
            "40",
        ),
        // domain last
        (Mail { fresh: ask, from: "info@shop.example.aomori.jp", ..none }, "02"),
        (Mail { fresh: "高松市の会社です。", from: "info@shop.example.aomori.jp", ..none }, "37"),
        (Mail { fresh: ask, signature: "TEL 087-800-0000", from: "a@example.tokyo", ..none }, "37"),
        (Mail { fresh: ask, from: "soumu@pref.okayama.lg.jp", ..none }, "33"),
        (Mail { fresh: ask, from: "a@tokyo.example.com", ..none }, "none"),
        // quoted text never
        (Mail { fresh: ask, quoted: "東京都港区の会社です。", ..none }, "none"),
        // the sender's own name
        (
            Mail {
                fresh: "益田から一番近い窓口を教えてください。", from: "益田 <m@example.com>", ..none
            },
            "none",
        ),
        (
            Mail {
                fresh: "益田市から一番近い窓口を教えてください。", from: "益田 <m@example.com>", ..none
            },
            "32",
        ),
        (Mail { fresh: "Best regards, Chiba", from: "Ken Chiba <k@example.com>", ..none }, "none"),
    ];
    check(cases.iter().map(|(mail, expect)| {
        (
            format!("{} | {} | {} | {}", mail.subject, mail.fresh, mail.signature, mail.from),
            place(mail),
            (*expect).to_owned(),
        )
    }));
}

#[test]
fn form_fields() {
    let none = Mail { form: true, ..Mail::default() };
    let cases = [
        ("【お名前】千葉\n【都道府県】福井\n【お問い合わせ内容】窓口を教えてください", "18"),
        ("お名前：宮崎 太郎\n会社名：大阪フーズ\n都道府県：なら", "29"),
        ("Name: Chiba\nPrefecture: Mie\nMessage: hello", "24"),
        ("Name: Chiba\nCompany: Osaka\nMessage: hello", "none"),
        ("氏名：石川\n本社所在地：東京都港区\n相談対象の事業所の住所：大分県別府市", "44"),
        ("【会社名】福島製作所\n【郵便番号】690-0001", "32"),
        ("【会社名】福島製作所\n【電話番号】0852-22-0000", "32"),
        ("【住所】東京都府中市\n【内容】新潟の支店で在宅勤務を始めたいので相談したい", "15"),
        ("【都道府県】選択してください\n【内容】よろしくお願いします", "none"),
        ("【都道府県】みえ", "24"),
    ];
    check(
        cases
            .iter()
            .map(|(text, expect)| ((*text).to_owned(), place(&Mail { fresh: text, ..none }), (*expect).to_owned())),
    );
}

// --- the tables, whole ----------------------------------------------------

fn table(file: &str) -> Vec<csv::StringRecord> {
    csv::Reader::from_path(format!("data/{file}.csv")).unwrap().records().map(Result::unwrap).collect()
}

fn codes(set: impl IntoIterator<Item = String>) -> String {
    let mut all: Vec<String> = set.into_iter().collect();
    all.sort();
    all.dedup();
    all.join("+")
}

fn katakana(text: &str) -> String {
    text.chars()
        .map(|c| if ('\u{3041}'..='\u{3096}').contains(&c) { char::from_u32(c as u32 + 0x60).unwrap() } else { c })
        .collect()
}

/// Half-width kana, as old machines send them.
fn half_width(text: &str) -> String {
    const FULL: &str = "ヲァィゥェォャュョッーアイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワン";
    let full: Vec<char> = FULL.chars().collect();
    let half = |c: char| full.iter().position(|f| *f == c).and_then(|i| char::from_u32(0xFF66 + i as u32));
    katakana(text)
        .chars()
        .map(|c| match half(c) {
            Some(h) => h.to_string(),
            // A voiced one: its plain kana and a mark.
            None => [(1, 'ﾞ'), (2, 'ﾟ')]
                .into_iter()
                .find_map(|(step, mark)| {
                    let plain = char::from_u32(c as u32 - step)?;
                    let voiced = "ガギグゲゴザジズゼゾダヂヅデドバビブベボパピプペポ".contains(c);
                    let right = (mark == 'ﾟ') == "パピプペポ".contains(c);
                    (voiced && right).then(|| half(plain).map(|h| format!("{h}{mark}"))).flatten()
                })
                .unwrap_or_else(|| c.to_string()),
        })
        .collect()
}

fn full_width(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_graphic() { char::from_u32(c as u32 + 0xFEE0).unwrap() } else { c }).collect()
}

#[test]
fn half_width_kana_are_made_right() {
    assert_eq!(half_width("ぎふけんかにし"), "ｷﾞﾌｹﾝｶﾆｼ");
    assert_eq!(half_width("べっぷし"), "ﾍﾞｯﾌﾟｼ");
    assert_eq!(full_width("058-265"), "０５８－２６５");
}

/// Cases made from a table.
#[derive(Default)]
struct Walk {
    wrong: Vec<String>,
    count: usize,
}

impl Walk {
    fn is(&mut self, text: &str, expect: &str) {
        self.mail(&Mail { fresh: text, ..Mail::default() }, text, expect);
    }

    fn mail(&mut self, mail: &Mail, shown: &str, expect: &str) {
        self.count += 1;
        let got = place(mail);
        if got != expect {
            self.wrong.push(format!("expected {expect}, got {got}: {shown}"));
        }
    }

    fn end(self, at_least: usize) {
        assert!(self.count >= at_least, "only {} cases", self.count);
        let shown = &self.wrong[..self.wrong.len().min(60)];
        assert!(self.wrong.is_empty(), "{} of {} wrong\n{}", self.wrong.len(), self.count, shown.join("\n"));
    }
}

#[test]
fn every_prefecture_in_every_spelling() {
    let mut walk = Walk::default();
    for row in table("prefecture_aliases") {
        let (alias, code, kind) = (&row[0], &row[1], &row[2]);
        match kind {
            "ja_full" | "ja_short" => {
                walk.is(&format!("事業所は{alias}です。"), code);
                walk.is(&format!("{alias}の窓口を教えてください。"), code);
                walk.is(&format!("{alias}で働いている社員がいます。"), code);
                let spaced: Vec<String> = alias.chars().map(String::from).collect();
                walk.is(&format!("所在地：{}", spaced.join("　")), code);
            }
            "kana_full" => {
                walk.is(&format!("所在地は、{alias} です。"), code);
                walk.is(&format!("{}の会社です。", katakana(alias)), code);
                walk.is(&format!("{} ﾉ ｶｲｼｬﾃﾞｽ", half_width(alias)), code);
                for (kana, kanji) in [("けん", "県"), ("ふ", "府")] {
                    if let Some(stem) = alias.strip_suffix(kana) {
                        walk.is(&format!("うちは{stem}{kanji}の会社です。"), code);
                        walk.is(&format!("{}{kanji}の会社です。", katakana(stem)), code);
                    }
                }
            }
            "kana_short" => {
                let form = format!("都道府県：{alias}\n内容：よろしくお願いします");
                walk.mail(&Mail { fresh: &form, form: true, ..Mail::default() }, &form, code);
                let form = format!("【都道府県】{}", half_width(alias));
                walk.mail(&Mail { fresh: &form, form: true, ..Mail::default() }, &form, code);
            }
            _ => {
                walk.is(&format!("Our company is in {alias}."), code);
                walk.is(&format!("Address: {alias}, Japan"), code);
                walk.is(&format!("Address: {}", alias.to_uppercase()), code);
                if !alias.contains([' ', '-']) {
                    walk.is(&format!("Which desk covers {alias} Prefecture?"), code);
                    walk.is(&format!("We work in {alias}-ken."), code);
                }
            }
        }
    }
    walk.end(900);
}

/// A row of the municipalities, with what the test asks of it.
struct Municipality {
    code: String,
    kind: String,
    county: String,
    city: String,
    name: String,
    kana: String,
    romaji: String,
    others: Vec<String>,
    variants: Vec<String>,
    solo: bool,
}

fn municipalities() -> Vec<Municipality> {
    let list = |cell: &str| cell.split(';').filter(|v| !v.is_empty()).map(str::to_owned).collect();
    table("municipalities")
        .into_iter()
        .map(|r| Municipality {
            code: r[2].to_owned(),
            kind: r[3].to_owned(),
            county: r[4].to_owned(),
            city: r[5].to_owned(),
            name: r[6].to_owned(),
            kana: r[7].to_owned(),
            romaji: r[8].to_owned(),
            others: list(&r[10]),
            variants: list(&r[11]),
            solo: &r[13] == "1",
        })
        .collect()
}

/// Kanji name, kana and romaji of the prefectures by code.
fn prefectures() -> std::collections::HashMap<String, (String, String, String)> {
    table("prefectures")
        .into_iter()
        .map(|r| (r[0].to_owned(), (r[3].to_owned(), r[6].to_owned(), r[8].to_owned())))
        .collect()
}

#[test]
fn every_municipality_in_kanji() {
    let all = municipalities();
    assert_eq!(all.len(), 1912);
    let prefectures = prefectures();
    let mut walk = Walk::default();
    for m in &all {
        let same = |of: &dyn Fn(&Municipality) -> bool| codes(all.iter().filter(|o| of(o)).map(|o| o.code.clone()));
        let alone = same(&|o| o.name == m.name);
        assert!(!m.solo || alone == m.code, "{} is not alone", m.name);
        walk.is(&format!("{}の会社です。", m.name), &alone);
        walk.is(&format!("弊社は{}にあります。", m.name), &alone);
        let above = format!("{}{}", m.county, m.city);
        if !above.is_empty() {
            let same = same(&|o| o.name == m.name && o.county == m.county && o.city == m.city);
            walk.is(&format!("{above}{}の会社です。", m.name), &same);
        }
        let prefecture = &prefectures[&m.code].0;
        for name in std::iter::once(&m.name).chain(&m.variants) {
            walk.is(&format!("事業所の住所は{prefecture}{above}{name}9-9です。"), &m.code);
            walk.is(&format!("{prefecture}{name}の者です。"), &m.code);
            let signature = format!("山田太郎\n{prefecture}　{above}　{name}　本町９－９");
            walk.mail(&Mail { signature: &signature, ..Mail::default() }, &signature, &m.code);
        }
        for variant in &m.variants {
            walk.is(&format!("{variant}の会社です。"), &alone);
        }
    }
    walk.end(10_900);
}

#[test]
fn every_municipality_in_kana() {
    let all = municipalities();
    let prefectures = prefectures();
    let mut walk = Walk::default();
    for m in &all {
        let (_, prefecture, _) = &prefectures[&m.code];
        let alone = codes(all.iter().filter(|o| o.kana == m.kana).map(|o| o.code.clone()));
        walk.is(&format!("{}の会社です。", katakana(&m.kana)), &alone);
        walk.is(&format!("{}{}の会社です。", katakana(prefecture), katakana(&m.kana)), &m.code);
        walk.is(&format!("{prefecture} {}の会社です。", m.kana), &m.code);
        walk.is(&format!("{} {} ﾉ ﾔﾏﾀﾞﾃﾞｽ", half_width(prefecture), half_width(&m.kana)), &m.code);
        let form = format!("【住所】{prefecture}{}９－９", m.kana);
        walk.mail(&Mail { fresh: &form, form: true, ..Mail::default() }, &form, &m.code);
        let (suffix, _) = m.name.char_indices().next_back().unwrap();
        let spoken =
            ["し", "く", "ちょう", "まち", "むら", "そん"].iter().find_map(|s| m.kana.strip_suffix(s)).unwrap();
        let mixed = format!("{}{spoken}{}の会社です。", prefectures[&m.code].0, &m.name[suffix..]);
        walk.is(&mixed, &m.code);
    }
    walk.end(10_900);
}

#[test]
fn every_municipality_in_romaji() {
    let all = municipalities();
    let prefectures = prefectures();
    let mut walk = Walk::default();
    for m in &all {
        let (_, _, prefecture) = &prefectures[&m.code];
        let capital = |word: &str| word[..1].to_uppercase() + &word[1..];
        for romaji in std::iter::once(&m.romaji).chain(&m.others) {
            let romaji = capital(romaji);
            let (suffix, english) = match m.kind.as_str() {
                "city" | "designated_city" => ("-shi", " City"),
                "ward" | "special_ward" => ("-ku", " Ward"),
                "town" => (if m.kana.ends_with("まち") { "-machi" } else { "-cho" }, " Town"),
                _ => (if m.kana.ends_with("むら") { "-mura" } else { "-son" }, " Village"),
            };
            walk.is(&format!("Our office is in {romaji}{suffix}, {prefecture}."), &m.code);
            walk.is(&format!("We are located in {romaji}{english}, {prefecture} Prefecture."), &m.code);
            walk.is(&format!("Address: 9-9 Honmachi, {romaji}{suffix}, {prefecture}, Japan"), &m.code);
            let signature = format!("Ann Example\n9-9 Honmachi, {romaji}{suffix}\n{prefecture}, Japan");
            walk.mail(&Mail { signature: &signature, ..Mail::default() }, &signature, &m.code);
        }
    }
    walk.end(8_000);
}

#[test]
fn every_name_that_several_places_share() {
    let all = municipalities();
    let prefectures = prefectures();
    let mut walk = Walk::default();
    for row in table("ambiguous_names") {
        let (name, expect) = (&row[0], &row[4]);
        walk.is(&format!("{name}の会社です。"), expect);
        walk.is(&format!("弊社は{name}にあります。"), expect);
        for code in expect.split('+') {
            let prefecture = &prefectures[code].0;
            walk.is(&format!("{prefecture}{name}の会社です。"), code);
            walk.is(&format!("{name}の会社です。{prefecture}です。"), code);
            let mail = Mail {
                fresh: &format!("{name}の会社です。"),
                signature: &format!("山田\n{prefecture}"),
                ..Mail::default()
            };
            walk.mail(&mail, &format!("{name} | {prefecture}"), code);
            if let Some(ward) = all.iter().find(|m| m.code == code && m.name == *name && !m.city.is_empty()) {
                walk.is(&format!("{}の{name}です。", ward.city), code);
                walk.is(&format!("{}{name}の会社です。", ward.city), code);
            }
        }
    }
    walk.end(500);
}

#[test]
fn every_postal_prefix_as_people_write_it() {
    let mut walk = Walk::default();
    for row in table("postal") {
        let (prefix, expect) = (&row[0], &row[1]);
        for fill in ["0000000", "4141414", "9999999"] {
            let code = &format!("{prefix}{fill}")[..7];
            let steps: Vec<i32> =
                code.bytes().zip(code.bytes().skip(1)).map(|(a, b)| i32::from(b) - i32::from(a)).collect();
            if steps.iter().all(|s| *s == steps[0] && s.abs() <= 1) {
                continue;
            }
            let (left, right) = code.split_at(3);
            walk.is(&format!("〒{left}-{right}"), expect);
            walk.is(&format!("〒 {}", full_width(&format!("{left}-{right}"))), expect);
            walk.is(&format!("郵便番号は{left}ー{right}です。"), expect);
            walk.is(&format!("〒{code}"), expect);
            for dash in ["−", "‐", "―", "–", "－"].into_iter().filter(|_| fill == "4141414") {
                let signature = format!("山田商店\n〒{left}{dash}{right}");
                walk.mail(&Mail { signature: &signature, ..Mail::default() }, &signature, expect);
            }
            walk.is(&format!("Our postal code is {left}-{right}."), expect);
        }
    }
    walk.end(20_000);
}

#[test]
fn every_area_code_as_people_write_it() {
    let rows = table("area_codes");
    let mut walk = Walk::default();
    for row in &rows {
        let prefix = &row[0];
        let mobile = matches!(&row[1], "mobile" | "ip" | "personal" | "pager_m2m");
        let length = if mobile || prefix == "0800" { 11 } else { 10 };
        for fill in ["2310460795", "9020468137"] {
            let number = &format!("{prefix}{fill}")[..length];
            // The longest prefix wins.
            let row = rows.iter().filter(|r| number.starts_with(&r[0])).max_by_key(|r| r[0].len()).unwrap();
            let expect = if row[2].is_empty() { "none" } else { &row[2] };
            let area = prefix.len().clamp(2, 5);
            let (area, rest) = number.split_at(area);
            let (exchange, line) = rest.split_at(rest.len() - 4);
            walk.is(&format!("電話は{area}-{exchange}-{line}です。"), expect);
            walk.is(&format!("TEL：{}", full_width(&format!("{area}-{exchange}-{line}"))), expect);
            walk.is(&format!("Tel {area}({exchange}){line}"), expect);
            walk.is(&format!("({area}) {exchange}-{line}"), expect);
            walk.is(&format!("連絡先 {area}ー{exchange}ー{line}"), expect);
            walk.is(&format!("TEL {number}"), expect);
            walk.is(&format!("Phone: {area} {exchange} {line}"), expect);
            walk.is(&format!("{area}.{exchange}.{line}"), expect);
            walk.is(&format!("Call +81-{}-{exchange}-{line}.", &area[1..]), expect);
            walk.is(&format!("+81 (0){} {exchange} {line}", &area[1..]), expect);
            let signature = format!("山田商店\nT {area}-{exchange}-{line}");
            walk.mail(&Mail { signature: &signature, ..Mail::default() }, &signature, expect);
        }
    }
    walk.end(7_000);
}

#[test]
fn every_domain_of_the_table() {
    let mut walk = Walk::default();
    for row in table("domains") {
        let (suffix, expect) = (&row[0], &row[1]);
        for from in [
            format!("soumu@{suffix}"),
            format!("a.b@mail.{suffix}"),
            format!("総務課 <SOUMU@{}>", suffix.to_uppercase()),
        ] {
            let mail = Mail { fresh: "窓口を教えてください。", from: &from, ..Mail::default() };
            walk.mail(&mail, &from, expect);
        }
        // The suffix counts on label borders only, and other people's never.
        let glued = format!("a@x{suffix}.example.com");
        walk.mail(&Mail { from: &glued, ..Mail::default() }, &glued, "none");
    }
    walk.end(7_000);
}

// --- where a bare name stands, and what takes it away ---------------------

/// Towns without "city", denied and former places, namesakes, products, in English.
const STANDING_ENGLISH: &[(&str, &str)] = &[
    ("We repair fishing nets in Imabari and would like to send three people home with a laptop.", "38"),
    ("Two of our bookkeepers sit in Sakata.", "06"),
    ("The dye house is near Arimatsu, that is to say in Nagoya.", "23"),
    ("There are nine of us on Sado.", "15"),
    ("We grow tea on Yakushima; who is responsible here?", "46"),
    ("We are in Makuhari. Where do we apply?", "12"),
    ("I teach yoga in Date, Hokkaido.", "01"),
    ("Glass studio, Otaru, four people.", "01"),
    ("My accountant colleague (Karatsu, part-time) works three days at home.", "41"),
    ("In our company Kurume the night shift is done from home.", "40"),
    ("Here in Kiryu nobody knows the number.", "10"),
    ("Outside Yonago there is a printer's shop: ours.", "31"),
    ("Is there somebody we can see near Umeda?", "27"),
    ("She has her desk in Susukino.", "01"),
    ("We put down two names for Himeji on the 12th.", "28"),
    ("Venue: Matsue, 4 March, 14:00", "32"),
    ("Prefecture ..... Ehime", "38"),
    ("Prefecture .... Tottori\nStaff ........ 12", "31"),
    ("Place of work: Hikone", "25"),
    ("i run a bakery in hirosaki and have a question about overtime", "02"),
    ("aomori small shop, whom do we ring", "02"),
    ("Je travaille dans une boulangerie à Kanazawa.", "17"),
    ("Kami bekerja di Hamamatsu.", "22"),
    ("We are at 690-0003, third floor.", "32"),
    ("Our pottery is by Lake Biwa.", "25"),
    ("The guest house stands on the Noto Peninsula.", "17"),
    ("Our workshop is in Tango, where the silk comes from.", "26"),
    ("The old gold mine office has a good line.", "none"),
    ("What is the date today, and until when can we apply?", "none"),
    ("The date office hours change is not on your page.", "none"),
    ("He opened a Sapporo during the video call.", "none"),
    ("We drank a bottle of Yamazaki after the talk.", "none"),
    ("She ate a Nagasaki champon in front of the camera.", "none"),
    ("Our Kobe beef is sold by mail.", "none"),
    ("My husband watches the Hiroshima Carp while I work.", "none"),
    ("Sakura asked whether the seminar is free.", "none"),
    ("I wonder why Nagano never answers his mail.", "none"),
    ("Our suppliers in China keep other hours.", "none"),
    ("In Mine's opinion we are wrong.", "none"),
    ("Nose, throat and back hurt since I work at home.", "none"),
    ("The saga goes on.", "none"),
    ("Ask Kato or Mori, they know the contract.", "none"),
    ("We have a Toyota for deliveries.", "none"),
    ("The usa office hours do not suit us.", "none"),
    ("I go to work by bike and wake at six.", "none"),
    ("We gave up the place in Kobe in September and are now in Tsuyama.", "33"),
    ("We closed our shop in Akita last year; the new one is in Yuzawa, same prefecture.", "05"),
    ("Our Sendai office has closed. Everyone now works from Kitakami.", "03"),
    ("Until March we were in Chiba, since then in Atami.", "22"),
    ("We moved our studio last spring from Kyoto to Marugame.", "37"),
    ("We've moved to Uwajima.", "38"),
    ("We are in Fuchu, not the one in Tokyo.", "34"),
    ("We are a dairy in Date; it isn't the one everybody finds first, down in Fukushima.", "01"),
    (
        "We make chairs in Fuchu. Everybody thinks of the racecourse, but that is the Tokyo one; ours is in the hills.",
        "34",
    ),
    ("The recording sent me to Osaka, but we are in Sakurai.", "29"),
    ("They put us through to Shizuoka, though Hachijojima belongs to Tokyo.", "13"),
    ("Not the Hiroshima desk, please.", "none"),
    ("I used to work in Nagoya.", "none"),
    ("We no longer have an office in Niigata.", "none"),
    ("We are in Date.", "01+07"),
    ("Our bakery is in Date, on the road to Lake Toya.", "01"),
    ("We have one shop in Okayama and one in Takamatsu.", "33+37"),
    ("One half of us sits in Nara, the other in Wakayama.", "29+30"),
    ("The head office is in Osaka; the eight people concerned all sit in Takamatsu.", "37"),
    ("Payroll is done by head office in Tokyo. The two clerks I ask about work in Nobeoka.", "45"),
    ("Our lawyer in Tokyo says no; we are in Suwa.", "20"),
    ("Is your adviser in Ashikaga there on Friday?", "09"),
    ("My brother in Sapporo told me about you.", "none"),
    ("We are two hours from Nagoya, in Takayama.", "21"),
];

/// The same in Japanese.
const STANDING_JAPANESE: &[(&str, &str)] = &[
    ("今治でタオルを織っている会社です。在宅の縫製について伺います。", "38"),
    ("丹後の機屋です。窓口を教えてください。", "26"),
    ("佐渡で宿をやっております。", "15"),
    ("博多駅の近くで美容室を営んでいます。", "40"),
    ("道頓堀のたこ焼き店です。", "27"),
    ("代官山のデザイン事務所です。", "13"),
    ("琵琶湖のほとりで民宿をしています。", "25"),
    ("能登半島の先で塩を作っています。", "17"),
    ("国東半島のみかん農家です。", "44"),
    ("高野山の宿坊です。", "30"),
    ("宮島で土産物店をしています。", "34"),
    ("知床で観光船の会社をやっています。", "01"),
    ("浜名湖の養鰻業者です。", "22"),
    ("支笏湖のそばのキャンプ場で働いています。", "01"),
    ("岩手会の事務局です。窓口の番号が変わりました。", "03"),
    ("当社は昨年、神戸から津山に移転しました。", "33"),
    ("以前は仙台にありましたが、今は北上です。", "03"),
    ("神戸の店は九月に閉め、いまは津山だけです。", "33"),
    ("福島の伊達ではなく、北海道の伊達市です。", "01"),
    ("東京の府中ではなくて、広島の府中です。", "34"),
    ("本社は大阪ですが、対象の八人はみな高松に勤務しています。", "37"),
    ("給与計算は東京の本社で行っています。お尋ねしたいのは延岡の工場の二名です。", "45"),
    ("奈良と和歌山に同じ規模の店が一軒ずつあります。", "29+30"),
    ("岡山に一店、高松に一店あります。", "33+37"),
    ("伊達市の会社です。", "01+07"),
    ("洞爺湖に近い伊達市の会社です。", "01"),
    ("福山に近い府中市の家具屋です。", "34"),
    ("ナビダイヤルで静岡につながれましたが、伊豆大島は東京都です。", "13"),
    ("都道府県……愛媛", "38"),
    ("勤務地　　：　岐阜", "21"),
    ("札幌のビールを飲みながらの会議でした。", "none"),
    ("博多ラーメンの店をしています。", "none"),
    ("冷蔵庫のサッポロを開けてしまいました。", "none"),
    ("長崎ちゃんぽんの冷凍品を売っています。", "none"),
    ("神戸ビーフの通販です。", "none"),
    ("広島カープの試合を見ながら仕事をしていました。", "none"),
    ("大阪の取引先との会議が夜にあります。", "none"),
    ("美濃部と申します。", "none"),
    ("宮島と申します。在宅の残業について伺います。", "none"),
    ("小倉さんが担当です。", "none"),
    ("天神さまの祭りの日は休みですか。", "none"),
    ("中央の窓口ではだめでしょうか。", "none"),
    ("三重にチェックしています。", "none"),
    ("大分よくなりました。", "none"),
    ("大阪支店は三月に閉鎖しました。", "none"),
    ("東京へは毎月出張しています。", "none"),
    ("大阪から来た講師の話でした。", "none"),
];

/// Names in the characters of Chinese and Korean.
const STANDING_OTHER: &[(&str, &str)] = &[
    ("我們是神戶市的貿易公司。", "28"),
    ("我們公司在鹿兒島市。", "46"),
    ("我在瀨戶市工作。", "23"),
    ("我们在东京工作。", "13"),
    ("我在横滨上班。", "14"),
    ("公司在福冈。", "40"),
    ("請問靜岡縣的諮詢窗口電話是多少?", "22"),
    ("오카야마에 있는 작은 회사입니다.", "33"),
    ("시모노세키에서 일하고 있습니다.", "35"),
    ("우리 회사는 구라시키에 있습니다.", "33"),
    ("교토의 상담 창구를 알려 주세요.", "26"),
    ("신주쿠에 있는 사무실입니다.", "13"),
];

/// Several places in one message, and which of them it is about.
const SEVERAL_NAMED: &[(&str, &str)] = &[
    ("Our head office moved from Sendai to Tokyo, but my team stayed behind in Sendai.", "04"),
    ("Don't send me to Osaka again; Wakayama is where we pay our taxes.", "30"),
    ("The Hiroshima desk told me to write to you, because our shop is across the bridge in Imabari.", "38"),
    ("Although our company name is Tokyo Lantern, we are in Morioka.", "03"),
    ("My name is Chiba, I work in Mito.", "08"),
    ("We had a stall in Kyoto once; today everything is made in Hikone.", "25"),
    ("I am from Hokkaido originally, now I keep the books for a ryokan in Beppu.", "44"),
    ("We bake bread in Sakai, Ibaraki.", "08"),
    ("My brother-in-law in Nagoya swears by your desk. Is there one in Toyama too?", "16"),
    ("The client is in Tokyo, the server in Osaka, and I am on Awaji.", "28"),
    ("Yesterday I rang the number on the flyer and landed in Fukuoka. We are in Karatsu.", "41"),
    ("I was at the seminar in Nagoya last week; can the slides be had? (Our shop is in Seki.)", "21"),
    ("We export Kobe beef from a small office in Tottori.", "31"),
    ("The new girl lives in Kawagoe, her desk is in Shinjuku, she fell on her own stairs.", "13"),
    ("We're a two person studio, one in Kofu, one in Kamakura.", "14+19"),
    ("Our parent company is in Yokohama; we, the subsidiary, are in Shimonoseki.", "35"),
    ("Is the evening in Kochi also on Zoom? We're in Aki.", "39"),
    ("The Tokyo number is always engaged. Is there another for Ibaraki?", "08"),
    ("Company registered in Tokyo. All of us live and work on Okinawa.", "47"),
    ("Our two sites are Kitami and Obihiro.", "01"),
    ("Our warehouse is in Tosu, just over the border from Kurume.", "41"),
    ("We deliver to Kyoto, Nara and Kobe from our kitchen in Otsu.", "25"),
    ("After eight years in Osaka I came back to Miyazaki to run my parents' shop.", "45"),
    ("They say 'ask Tokyo', but Tokyo says 'ask Niigata'. We're in Nagaoka.", "15"),
    ("We're closer to Akita than to Morioka but belong to Iwate.", "03"),
    ("The venue in Sendai is too far for us in Sakata; is there a link?", "06"),
    ("I plan to move to Nagano next year. At present we're in Yokohama.", "14"),
    ("Our Sapporo-born cook works in Maebashi.", "10"),
    ("My boss, Mr. Osaka, wants the receipts.", "none"),
    ("Is it true that in Tokyo firms get money for this? Up here in Hirosaki nobody knows.", "02"),
    ("Hello from the far end of Noto.", "17"),
    ("Our staff come from Gunma and Saitama, the office is in Oyama.", "09"),
    ("I'm on a train to Kyoto, so excuse the typos; the shop is in Matsumoto.", "20"),
    ("The inspector from Okayama came by our Tsuyama mill.", "33"),
    ("Do I have to go to Takamatsu, or can I do it by phone from Shodoshima?", "37"),
    ("I took the ferry from Sado to hear the lecture in Niigata.", "15"),
    (
        "When I worked for a bank in Tokyo there was no such thing. Now, at a dairy in Betsukai, I am to work from home.",
        "01",
    ),
    ("We sent our form to Tokyo by mistake. The company is in Tsuruoka.", "06"),
    ("A friend in Osaka got a subsidy. Can a firm in Tokushima get one as well?", "36"),
    ("The sales office in Koriyama reports to Sendai, which reports to Tokyo. Whom do the Koriyama people ask?", "07"),
    ("The agreement was signed in Tokyo. Does it bind the plant in Hitachinaka?", "08"),
    ("We closed the Tokyo branch and everybody works from the old school in Kamiyama now.", "36"),
    ("We are a supplier of buttons in Tsu and have nine staff.", "24"),
    ("Our accountant in Osaka does the books; the shop itself is in Kinosaki.", "28"),
    ("I'm the clerk of a fishing cooperative on Rishiri.", "01"),
    ("Our address: 3-4 Nakamachi, Sakata, Yamagata.", "06"),
    ("We build boats in Shiogama. The Sendai office closed in spring.", "04"),
    ("I rang Tokyo, they gave me your address. We are at the foot of Mount Aso.", "43"),
    ("We ship from Yokohama but sit in Chichibu.", "11"),
    ("From Wakkanai one cannot come to Sapporo for an afternoon.", "01"),
    ("The hall in Kitakyushu, the one with the glass roof, was cold. Will the slides be sent?", "40"),
    ("Is Kagawa the right one for us? The ferry from Naoshima goes to Okayama, and everybody sends us there.", "37"),
    ("Which one is ours? Town of Sakuho, county of Minamisaku.", "20"),
    ("Our new colleague starts in January from her parents' house in Tottori; the company is in Shinjuku.", "13"),
    ("For twenty years we were in Kanda. Since August we have been in Odawara.", "14"),
    ("We have left Kawasaki for good and now brew in Fujiyoshida.", "19"),
    ("One of us lives in Shiga, one in Nara, the studio is in Kyoto.", "26"),
    ("Are the rules the same in Tokyo and Osaka?", "13+27"),
    ("The lecture you gave in Matsuyama was good. Would you give it in Uwajima, too?", "38"),
    ("Hokkaido is big. We are in Nemuro, at the very end of it.", "01"),
    ("It's about the staff of our Kagoshima warehouse, not of Fukuoka.", "46"),
    ("We print maps. Ōmuta, Fukuoka.", "40"),
    ("We are in Ome, the western end of Tokyo.", "13"),
    ("Our workshop, an old school, lies between Ine and Miyazu.", "26"),
    ("Hello from Miyako! Not the island, the one in Iwate.", "03"),
    ("This is the Himeji office of Blue Fox. Our director sits in Tokyo.", "28"),
    ("A client in Singapore asked. We are in Beppu.", "44"),
    ("the owner is in tokyo, i run the guest house in yufuin", "44"),
    ("We have staff in twelve prefectures.", "none"),
    ("He studied in Sendai and speaks Japanese.", "none"),
    ("The speaker came from Tokyo.", "none"),
    ("I saw your poster at Hakata Station.", "none"),
    ("Our server is in Osaka.", "none"),
    ("The form came back from Tokyo with a red stamp.", "none"),
    ("Nagoya castle is on our calendar.", "none"),
    ("We love Kyoto in autumn, but that is not why I write.", "none"),
    ("Ms. Hida and Mr. Toyama share one desk.", "none"),
    ("I met Matsumoto and Ueda at the door.", "none"),
    ("It was a Tokyo marathon of meetings.", "none"),
    ("The Osaka Expo took all our people.", "none"),
    ("In a town called Himi we dry fish.", "16"),
    ("Whom do the people of Yamaga ring?", "43"),
    ("The nearest office to Kamaishi, please.", "03"),
    ("Our kindergarten (Anan, 40 children) has two at home.", "36"),
    ("Is it Fukui or Ishikawa that looks after Awara?", "18"),
    ("I commute from Takatsuki to Kyoto; the firm is in Kyoto.", "26"),
    ("Write to us at 2-2 Nishimachi, Yonago 683-0001.", "31"),
    ("Our firm is called Nagasaki Sound, but we're in Takeo.", "41"),
    ("We supply hotels in Hakone from our bakery in Odawara.", "14"),
    ("Mine is the small shop by the bridge in Iwakuni.", "35"),
    ("I hope to wake up in Sanda one day; at present it's a flat in Amagasaki.", "28"),
    ("Same question again, this time from Susaki.", "39"),
    ("The seminar of 5 March (Oita): one more seat?", "44"),
    ("Can I bring my baby to the talk at Kofu?", "19"),
    ("Our translator, who sits in Kushiro, wants to log off at three.", "01"),
    ("A boat yard on Ikuchi, no, Setoda, to be exact.", "34"),
    ("People in Aichi get this for free, I hear. And we in Gifu?", "21"),
    ("I am on Miyakojima till June, my employer is in Shibuya, and the head office is in Osaka.", "13"),
    ("We are a branch of a Tokyo bank, here in Shizuoka.", "22"),
    ("greetings from nagano! can we still sign up?", "20"),
    ("do i need to fill anything in, we are 4 people, oita", "44"),
    ("MATSUE BRANCH, NEW EMPLOYEE, WHO DO WE CALL?", "32"),
    ("Our town, Tsuwano, has no lawyer.", "32"),
    ("The bus from Hagi takes two hours. Is there a video call?", "35"),
    ("No one in Tottori could tell me. Can you?", "none"),
    ("Please remove Ms. Sendai from the list.", "none"),
    ("He said 'mine', I said 'ours'.", "none"),
    ("It is about time, said the date on the poster.", "none"),
    ("The Nikko line was late and so was he.", "none"),
    ("A Kyoto-style sweet was served.", "none"),
    ("Do you know the rules of Hokkaido University?", "none"),
    ("The Tokyo stock fell and so did our mood.", "none"),
    ("Kind regards, K. Nagano", "none"),
    ("Yours\nMiyazaki", "none"),
    ("Sincerely,\nTakashi Fukushima\nAccounts", "none"),
    ("Fukuda, Okada and Toyama will come to the seminar.", "none"),
    ("I worked with Oyama for years.", "none"),
    ("本社は昨年東京から宇都宮に移りました。", "09"),
    ("仙台の本社ではなく、石巻の工場の件です。", "04"),
    ("名刺は大阪になっていますが、今は姫路の事務所だけです。", "28"),
    ("東京で働いていましたが、今は実家のある郡山で在宅勤務です。", "07"),
    ("広島の窓口に電話したら「岡山へ」と言われました。会社は笠岡です。", "33"),
    ("取引先は名古屋ばかりですが、うちは四日市です。", "24"),
    ("札幌と旭川に店があり、旭川の店長の残業の件です。", "01"),
    ("福岡の親会社から言われてメールしています。当社は唐津です。", "41"),
    ("社名は「京都屋」ですが、場所は小樽です。", "01"),
    ("妻が長崎の出身ですが、会社は佐賀市です。", "41"),
    ("大阪に出張中に転びました。会社は鳥取市です。", "31"),
    ("来年、長野へ移転する予定です。いまは横浜です。", "14"),
    ("セミナーは名古屋会場を希望します。会社は岐阜の関です。", "21"),
    ("東京本社の指示で、当工場（栃木）でも始めます。", "09"),
    ("自宅は埼玉、会社は東京です。自宅で転びました。", "13"),
    ("新潟の窓口と長岡の窓口は別ですか。", "15"),
    ("兵庫と岡山の県境の備前です。", "33"),
    ("奈良県境に近い伊賀です。", "24"),
    ("山口県ではなく、山口という社員のことです。", "none"),
    ("社員の住まいは茨城、事業所は柏です。", "12"),
    ("高知から愛媛に嫁いで、松山で会社をしています。", "38"),
    ("鹿児島の離島、与論で宿をしています。", "46"),
    ("先月まで熊本におりましたが、いまは別府の支店です。", "44"),
    ("熊本地震のときは在宅でした。会社は大分市です。", "44"),
    ("会場が大阪だと遠いので、和歌山でも開いてください。", "30"),
    ("電話したら東京につながりましたが、神奈川の会社です。", "14"),
    ("福島といっても大阪市福島区です。", "27"),
    ("大阪の友人に教わりました。徳島にもこういう窓口はありますか。", "36"),
    ("名古屋の講演がとてもよかったです。静岡でもやってもらえませんか。", "22"),
    ("福島の郡山で縫製をしています。福島市まで行かないといけませんか。", "07"),
    ("昔は京都に店がありましたが、今は彦根だけでやっています。", "25"),
    ("東京の本社はテレワークですが、島根の工場は全員出社です。工場でも始めたいです。", "32"),
    ("九州の支店の件です。場所は熊本です。", "43"),
    ("大阪会場は満席でした。神戸の者ですが、京都会場に変えられますか。", "28"),
    ("高松港から船で一時間の小豆島です。", "37"),
    ("群馬の実家で働く社員がいます。会社は東京の神田です。", "13"),
    ("丸の内に籍がありますが、五月から軽井沢の自宅で働いています。", "20"),
    ("横浜から出荷していますが、事務所は秩父です。", "11"),
    ("稚内から札幌まで半日では行けません。", "01"),
    ("福岡ではなく、鹿児島の倉庫で働く人たちの件です。", "46"),
    ("二十年間神田におりましたが、八月に小田原へ移りました。", "14"),
    ("友人が滋賀、もう一人が奈良に住み、事務所は京都です。", "26"),
    ("松山の講演がよかったので、宇和島でもお願いできませんか。", "38"),
    ("青梅です。東京の西の端です。", "13"),
    ("宮古と申しましても、岩手の宮古です。", "03"),
    ("ブルーフォックスの姫路事務所です。社長は東京におります。", "28"),
    ("お客様は東京、サーバーは大阪、私は淡路島です。", "28"),
    ("直島から出る船は岡山に着きますが、町は香川県です。", "37"),
    ("講師の方は東京から来られました。", "none"),
    ("博多駅でポスターを見ました。", "none"),
    ("祖母の家が青森にあり、回線がありません。", "none"),
    ("サーバーは大阪にあります。", "none"),
    ("書類が東京から戻ってきました。", "none"),
    ("松本と上田に会いました。", "none"),
    ("飛騨さんと富山さんが同じ机です。", "none"),
    ("東京で行われたセミナーの資料はありますか。", "13"),
    ("仙台から石巻に通っている社員の通勤費のことです。会社は石巻です。", "04"),
    ("滋賀の草津で旅館をしています。", "25"),
    ("会社は岐阜ですが、セミナーだけ名古屋で受けたいです。", "21"),
    ("当社は新潟と富山の両方に工場があります。", "15+16"),
    ("どちらも熊本県内ですが、天草と八代に店があります。", "43"),
    ("長野支店では済んでいます。次は松江支店です。", "32"),
    ("東京にかけたら「山梨の会社なら山梨へ」とのことでした。", "19"),
    ("鳥取は窓口がありますか。", "31"),
    ("うちの本店は金沢、相談は能登の作業所のことです。", "17"),
    ("氷見という町で干物を作っています。", "16"),
    ("釜石にいちばん近い窓口を教えてください。", "03"),
    ("園は阿南にあります。四十人の子どもを見ています。", "36"),
    ("福井と石川、あわら市はどちらの担当ですか。", "18"),
    ("高槻から京都へ通勤しています。会社は京都です。", "26"),
    ("箱根の旅館に納めている小田原のパン屋です。", "14"),
    ("社名は長崎音響ですが、武雄にあります。", "41"),
    ("三月五日のセミナー（大分）、もう一席ありますか。", "44"),
    ("釧路の自宅で働く翻訳者がいます。", "01"),
    ("愛知は無料だと聞きましたが、岐阜はどうですか。", "21"),
    ("東京の銀行の静岡支店です。", "22"),
    ("津和野には弁護士がいません。町の印刷屋です。", "32"),
    ("対馬から福岡まで行くのは大変です。", "42"),
    ("萩からバスで二時間かかります。オンラインで相談できますか。", "35"),
    ("大館のきりたんぽ屋です。", "05"),
    ("うちは八戸。青森市は遠い。", "02"),
    ("四人の会社です。大分です。", "44"),
    ("青森のりんごを頂きました。", "none"),
    ("京都風の菓子を出しています。", "none"),
    ("仙台さんを名簿から外してください。", "none"),
    ("宮崎、福田、岡田の三名が参加します。", "none"),
    ("日光線が遅れました。", "none"),
    ("長野と一緒に働いています。", "none"),
    ("敬具\n宮崎", "none"),
    ("石川より折り返しお電話します。", "none"),
    ("岡山が担当しております。", "none"),
    ("We dye cloth. Our vats are in Tokushima, our desk workers wherever they like.", "36"),
    ("Question from a vet in Obihiro: may the receptionist answer the phone from home?", "01"),
    ("I teach at a language school; the branch I belong to is the one by Okayama Station.", "33"),
    ("Two lighthouses, one office: that's Muroto.", "39"),
    ("It would be nice to have such an evening up here in Wakkanai.", "01"),
    ("We are the ones behind the castle in Hirosaki.", "02"),
    ("We've no office at all, only a post box in Chigasaki.", "14"),
    ("Registered seat: Minato-ku, Tokyo. Place of work of the person concerned: Matsusaka.", "24"),
    ("I'm asking for my wife, who works for a ryokan in Kusatsu, Gunma.", "10"),
    ("The Kusatsu in Shiga, not the hot spring.", "25"),
    ("A colleague in our Toyama office slipped on her stairs.", "16"),
    ("She fell at home in Tottori while on a call with Tokyo.", "31"),
    ("The company is in Osaka. I live in Nara and fell down my own stairs.", "27"),
    ("Our landlord in Kobe wants to know nothing; the workshop is in Sasayama.", "28"),
    ("Somebody from your Akita desk called back, thanks. One more thing: is it open on Saturday?", "05"),
    ("Would Mr. Aomori be the right person?", "none"),
    ("The band 'Tokyo Nights' plays too loud for my calls.", "none"),
    ("Is it the same in all of Japan?", "none"),
    ("Please do not send paper. We're on the fourth floor.", "none"),
    ("My Toyota broke down so I missed the seminar.", "none"),
    ("We use Asahi headsets and a Fuji camera.", "none"),
    ("I read in the Kobe paper that seminars are free.", "none"),
    ("The sun sets over Izu while I type.", "none"),
    ("We're a Swiss watchmaker's branch in Chiyoda.", "13"),
    ("The seminar at the Sendai city hall, was it recorded?", "04"),
    ("Attn: Kumamoto contact point", "43"),
    ("To the desk in charge of Yamanashi", "19"),
    ("We are in the hills an hour north of Kyoto, in Ayabe.", "26"),
    ("Our village, Tenkawa, has four hundred people.", "29"),
    ("Since the earthquake we work from Kanazawa, though our own house is in Wajima.", "17"),
    ("Half of us are in Matsue, the other half in Izumo.", "32"),
    ("Between Tokyo and Yokohama, in Kawasaki, we make lamps.", "14"),
    ("Where can a Kanagawa firm ask face to face?", "14"),
    ("Yamagata's desk did not answer. Is it closed?", "06"),
    ("This concerns Ehime only.", "38"),
    ("藍染めの工房です。染め場は徳島にあります。", "36"),
    ("帯広の獣医です。受付を在宅にできますか。", "01"),
    ("岡山駅前の教室に所属しています。", "33"),
    ("稚内でもこういう催しを開いてもらえませんか。", "01"),
    ("登記は東京都港区、対象者の勤務地は松阪です。", "24"),
    ("草津といっても滋賀のほうです。", "25"),
    ("富山営業所の同僚が階段で転びました。", "16"),
    ("鳥取の自宅で、東京との会議中に転びました。", "31"),
    ("会社は大阪、住まいは奈良です。自宅で転びました。", "27"),
    ("秋田の窓口の方から電話をいただきました。土曜も開いていますか。", "05"),
    ("神戸の新聞で読みました。", "none"),
    ("うちの猫は仙台といいます。", "none"),
    ("車がトヨタなので。", "none"),
    ("仙台市役所で行われたセミナーの録画はありますか。", "04"),
    ("熊本県の担当窓口　御中", "43"),
    ("山梨担当の方へ", "19"),
    ("京都から北へ一時間、綾部です。", "26"),
    ("地震の後は金沢で仕事をしています。", "17"),
    ("松江と出雲に半分ずつおります。", "32"),
    ("東京と横浜の間、川崎でランプを作っています。", "14"),
    ("神奈川の会社が対面で相談できる場所はどこですか。", "14"),
    ("愛媛だけの話です。", "38"),
    ("奈良の天川村の役場です。", "29"),
    ("在宅の社員は全国にいます。", "none"),
    ("日本全国どこでも使えますか。", "none"),
    ("秋田さんは在宅を希望しています。", "none"),
    ("山形から見積書が届きました。", "none"),
];

#[test]
fn of_several_places_the_one_it_is_about() {
    check(SEVERAL_NAMED.iter().map(|(text, expect)| (text.to_string(), fresh(text), expect.to_string())));
}

#[test]
fn a_bare_name_counts_where_a_place_stands() {
    let all = STANDING_ENGLISH.iter().chain(STANDING_JAPANESE).chain(STANDING_OTHER);
    check(all.map(|(text, expect)| (text.to_string(), fresh(text), expect.to_string())));
}

#[test]
fn a_subject_names_the_place_of_its_date() {
    let subject = |subject| place(&Mail { subject, fresh: "Count us in, two or three.", ..Mail::default() });
    let told = [
        ("Re: 3 March, 14:00, Himi", "16"),
        ("Sakata, 12 February", "06"),
        ("Kurume: two seats", "40"),
        ("Date: 12 February", "none"),
        ("A can of Sapporo", "none"),
    ];
    check(told.map(|(text, expect)| (text.to_string(), subject(text), expect.to_string())).into_iter());
}

// --- whatever bytes come --------------------------------------------------

/// Pieces that meet in mail, and some that never should.
fn piece() -> impl proptest::strategy::Strategy<Value = String> {
    use proptest::prelude::*;
    let known = [
        "東京都",
        "京都",
        "府中市",
        "港区",
        "〒",
        "100-0004",
        "03-5422-1517",
        "+81 (0)",
        "大阪支店",
        "本社は",
        "です",
        "の",
        "、",
        "。",
        "\n",
        " ",
        "(",
        ")",
        "ではなく",
        "から",
        "どちら",
        "さん",
        "株式会社",
        "ｵｵｻｶﾌ",
        "ﾞ",
        "さが",
        "なら",
        "みえ",
        "Nagano",
        "-ken",
        " City",
        ", ",
        "Mr. ",
        "'s",
        "@",
        "://",
        ".jp",
        "pref.",
        "在",
        "도쿄",
        "横滨市",
        "都道府県：",
        "𠮷野",
        "😀",
        "\u{202E}",
        "e\u{301}",
        "０３",
        "ー",
        "が\u{3099}",
        "－",
        "\u{FEFF}",
        "相談したいのは",
        "office of our ",
        "へ",
        "昔",
        "ていました",
        "の隣の",
        "後者",
        "live in ",
        "。。",
        "..",
        ". ",
        "?!",
        "\t",
        "\r\n",
    ];
    prop_oneof![
        4 => proptest::sample::select(known.to_vec()).prop_map(str::to_owned),
        1 => "\\PC{0,3}",
        1 => any::<String>(),
    ]
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { cases: 600, failure_persistence: None, ..Default::default() })]

    /// `located_by` holds the evidence against the text.
    #[test]
    fn any_text_is_read(
        subject in proptest::collection::vec(piece(), 0..6),
        fresh in proptest::collection::vec(piece(), 0..40),
        signature in proptest::collection::vec(piece(), 0..12),
        from in "(\\PC{0,6} <)?[a-z@.]{0,12}>?",
        form in proptest::bool::ANY,
    ) {
        let (subject, fresh, signature) = (subject.concat(), fresh.concat(), signature.concat());
        let mail = Mail { subject: &subject, fresh: &fresh, signature: &signature, quoted: "", from: &from, form };
        located_by(&SHIPPED, &mail);
    }
}

/// Reading a text takes at most so long: a bound no quadratic reading would keep.
fn within(seconds: u64, what: &str, text: &str) {
    for mail in [Mail { fresh: text, ..Mail::default() }, Mail { signature: text, ..Mail::default() }] {
        let started = std::time::Instant::now();
        located_by(&SHIPPED, &mail);
        let took = started.elapsed();
        assert!(took.as_secs() < seconds, "{what}: {took:?}");
    }
}

#[test]
fn a_million_characters_are_read_in_bounded_time() {
    for piece in ["a", "1", "あ", "漢", "ｱ", "京都", "a.", "@a", "0-", "(", "でも", "な", "\n", "-", "ー", "市", "在"]
    {
        let text = piece.repeat(1_000_000 / piece.chars().count());
        within(20, piece, &text);
    }
}

#[test]
fn ten_thousand_names_are_read_in_bounded_time() {
    for piece in [
        "東京都港区",
        "京都、",
        "府中市の",
        "大阪支店",
        "Nagano, ",
        "Chuo-ku, Nagano, Hokkaido, ",
        "さがし",
        "なら",
        "本社は東京、",
        "在福岡",
        "〒100-0004",
        "03-5422-1518 ",
        "長野と",
        "伊達市か",
        "千葉から",
        "a@pref.nara.jp ",
        "本社：東京\n",
        "相談したいのは津、",
    ] {
        within(20, piece, &piece.repeat(10_000));
    }
}

#[test]
fn every_place_is_named_in_the_evidence_of_a_long_list() {
    let all: Vec<String> = prefectures().into_values().map(|(kanji, _, _)| kanji).collect();
    let text = format!("{}に店があります。", all.join("、"));
    let mail = Mail { fresh: &text, ..Mail::default() };
    assert_eq!(place(&mail).split('+').count(), 47);
}

/// A sender who introduces himself by a town without its suffix, and what only
/// looks so.
const INTRODUCED: &[(&str, &str)] = &[
    ("小松で注染をしている南と申します。", "17"),
    ("川越の飴屋さんでパートしてます", "11"),
    ("八代の畳表の問屋ですけど、店を閉めてから電話してもつながりません。", "43"),
    ("3月3日の金沢の回をお願いしていた、小松の山岸建具です。", "17"),
    ("12月の金沢の回に申し込んだ、高岡の鋳物屋です。", "16"),
    ("金沢の回はまだ空いていますか。", "17"),
    ("紀伊田辺で備長炭を焼いている者です。", "30"),
    ("白浜で保養所の管理をしております。", "30"),
    ("太田の町工場です。", "10"),
    ("村上で鮭を扱う店をしています。", "15"),
    ("北上の電子部品の会社に勤めています。", "03"),
    ("国立で喫茶店を営んでいます。", "13"),
    ("私、益田でわさび農園をしている大庭と申します。", "32"),
    ("松山の者です。", "38"),
    ("加茂の箪笥職人ですが、弟子を家で働かせられますか。", "15"),
    ("直江津で食堂をしています。", "15"),
    ("伊予三島の製紙会社です。", "38"),
    ("渋谷のスタートアップで経理をやっている者です。", "13"),
    ("日立で鋳型屋を三十年やってきました。", "08"),
    // a part of a town that is called like a prefecture
    ("三島市富山の印刷会社です。", "22"),
    ("札幌市、青森の二か所に店があります。", "01+02"),
    // where the family lives
    ("水戸で乾物屋をしております。娘は横浜におりまして、店は継ぎません。", "08"),
    ("鹿児島中央駅から市電で何分ですか。", "46"),
    ("東京駅から新幹線で伺います。", "none"),
    // said of places alone
    ("太田に引っ越しました。", "10"),
    ("職場は村上です。", "15"),
    ("松山だと、どこの窓口になりますか。", "38"),
    ("加茂あたりで相談できるところはありますか。", "15"),
    ("田辺まで来てもらえますか。", "30"),
    ("小松から参加するので、駅に近い会場がいいです。", "17"),
    ("夫の転勤で小松に来ました。", "17"),
    ("製造業(小松)です。", "17"),
    ("小松・製造業・従業員20名です。", "17"),
    ("小松の社員が在宅中に転びました。", "17"),
    // persons, words, firms, wares
    ("小松です。", "none"),
    ("小松という者ですが店をやっています。", "none"),
    ("総務(小松)です。", "none"),
    ("国立の病院に勤めています。", "none"),
    ("日立の社員が出入りしています。", "none"),
    ("中間の業者です。", "none"),
    ("小松製作所の者です。", "none"),
    ("千葉工務店です。", "none"),
    ("社員の松山の在宅勤務の件です。", "none"),
    ("石川から連絡があると思います。", "none"),
    ("店は松山が見ています。", "none"),
    ("小松に戻しました、確認してください。", "none"),
    ("台風の北上で社員が帰れませんでした。", "none"),
    ("本社と支店の中間に倉庫があります。", "none"),
    ("燕の巣を扱う会社です。", "none"),
    ("以前、仙台の会社で人事をしておりました。", "none"),
    ("札幌の大学を出ました。求人はありますか。", "none"),
    ("品川の入管で半日待たされました。", "none"),
    ("伊豆の旅行で怪我をしました。", "none"),
];

const INTRODUCED_ENGLISH: &[(&str, &str)] = &[
    ("640-8156", "30"),
    ("My postcode is 640-8156 and I can't read Japanese.", "30"),
    ("Our order 640-8156 has not arrived.", "none"),
    ("Please call me back on 640-8156.", "none"),
    ("The flyer for Otsu gives the wrong date.", "25"),
    ("The leaflet for Tsu says Monday. Is that right?", "24"),
    ("Tsu told me to ask you. She is our bookkeeper.", "none"),
    ("Until May we were in Yamagata, where the association helped us. Now we are in Mishima.", "22"),
    ("A lady from the Saitama association helped us last year. Now we are in Mishima, Shizuoka Prefecture.", "22"),
    ("We moved from Berlin to Yonezawa last year.", "06"),
    ("The roads in Joetsu were closed for two days.", "15"),
    ("Our office in Osaka has closed and we are all in Setagaya now.", "13"),
    ("We sell Satsuma and Imari ware to collectors.", "none"),
    ("She bought a Satsuma vase. Can she claim it?", "none"),
    ("We export Arita porcelain to France.", "none"),
    ("We throw pots in Arita and export them.", "41"),
    ("I have seven years of experience in payroll in Fukuoka and look for a post.", "none"),
    ("I studied at a university in Sendai.", "none"),
    ("The immigration office in Shinagawa kept me waiting.", "none"),
    ("A Sakata printing firm asks for your help.", "06"),
    ("We grow rice in Yamagata, the village beside Matsumoto.", "20"),
    ("We grow rice in Yamagata, the best there is.", "06"),
    ("Does Yonezawa have a contact point?", "06"),
    ("Who looks after Yonezawa?", "06"),
    ("Yonezawa, nine staff. What does advice cost?", "06"),
    ("Matsumoto, my boss, reads my screen.", "none"),
    ("Koriyama, not the one in Nara. Where do we ask?", "07"),
];

#[test]
fn who_introduces_himself_by_his_town_is_there() {
    assert_all(INTRODUCED, INTRODUCED_ENGLISH);
}

fn assert_all(japanese: &[(&str, &str)], english: &[(&str, &str)]) {
    let wrong: Vec<String> = japanese
        .iter()
        .chain(english)
        .map(|(text, expect)| (text, expect, fresh(text)))
        .filter(|(_, expect, got)| *got != **expect)
        .map(|(text, expect, got)| format!("expected {expect}, got {got}: {text}"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Text, signature, display name: the rest of the message decides between two
/// places of one name, and a firm's name is no person's.
#[test]
fn a_namesake_is_told_by_address_and_railway() {
    let cases = [
        ("郡山で靴下の編立をしております。", "〒639-1160 郡山9-9", "", "29"),
        ("郡山で靴下の編立をしております。近鉄の駅の前です。", "", "", "29"),
        ("郡山で靴下の編立をしております。", "", "", "07"),
        ("郡山で靴下の編立をしております。", "〒963-8001 郡山市大町9-9", "", "07"),
        ("松山で花の苗を作っております。", "〒355-0005 埼玉県東松山市松山9-9", "", "11"),
        ("松山で花の苗を作っております。", "東京都港区芝9-9", "", "38"),
        ("松山で花の苗を作っております。関東の取引先が多いです。", "", "", "38"),
        ("長野の支店の社員の件です。", "大阪府河内長野市本町9-9", "", "20"),
        ("川越で飴を作っている者です。", "", "川越飴舗 新井 <a@firm.example>", "11"),
        ("川越の資料の件です。", "", "川越太郎 <a@firm.example>", "none"),
        ("小松の件です。", "", "小松 <a@firm.example>", "none"),
    ];
    let mut wrong = Vec::new();
    for (fresh, signature, from, expect) in cases {
        let got = place(&Mail { fresh, signature, from, ..Mail::default() });
        if got != expect {
            wrong.push(format!("expected {expect}, got {got}: {fresh} / {signature} / {from}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
