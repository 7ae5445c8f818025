//! What is new in a mail, what is quoted or forwarded, what is signature and
//! what is disclaimer: one case a mail, as mail programs and people write it.
//!
//! A case is the body with a mark before each line that says where the line
//! belongs: `F|` fresh, `Q|` quoted, `S|` signature, `D|` disclaimer; an empty
//! line needs none. HTML mail has its own table at the end.

use madoguchi::core::inquiry;
use madoguchi::core::text::{Zones, zones};
use proptest::prelude::*;
use std::time::{Duration, Instant};

type Case = (&'static str, &'static str);

/// `>` and its relatives.
const MARKS: &[Case] = &[
    (
        "plain mark, top-posted",
        "
F|窓口の電話番号を教えてください。

Q|> セミナーのご案内です。
Q|> 日時は12月3日です。
",
    ),
    (
        "full-width mark",
        "
F|承知しました。別の日はありますか。
Q|＞次回は18日です。
Q|＞会場は市民会館です。
",
    ),
    (
        "full-width mark with a space behind",
        "
F|2名で伺います。

Q|＞ 何名でお越しになりますか。
",
    ),
    (
        "nested marks",
        "
F|Thanks, what about Fridays?

Q|> We can offer Mondays.
Q|>> Is Wednesday possible?
Q|> > > First mail of all
",
    ),
    (
        "marks with spaces before them",
        "
F|残業の件、続きを伺いたいです。

Q| > 先日の件ですが
Q|  > 担当より連絡します
",
    ),
    (
        "empty marked lines inside the quote",
        "
F|OK, then the 5th.

Q|> Dear Mr. Hart,
Q|>
Q|> the 4th is full.
Q|>
Q|> Regards
",
    ),
    (
        "initials before the mark",
        "
F|どちらも参加します。

Q|SK> 午前の部は満席です。
Q|SK> 午後の部はまだ空いています。
",
    ),
    (
        "vertical bar as a mark",
        "
F|Yes, both of us.

Q|| Will you come alone?
Q|| The hall opens at nine.
",
    ),
    (
        "a table drawn with bars is no quote",
        "
F|次の内訳でお願いします。
F|| 氏名 | 部署 | 参加 |
F|| 川端 | 総務 | 午前 |
F|| 西尾 | 製造 | 午後 |
",
    ),
    (
        "own list with > under an announcing line",
        "
F|お尋ねしたいのは次の3点です。
F|> 通勤手当の減額
F|> 在宅の日の休憩
F|> 有給の時間単位の取得
F|どうぞよろしくお願いいたします。
",
    ),
    (
        "own list with > in English",
        "
F|Hello, I have the following questions:
F|> Is lunch a break even if the phone rings?
F|> Who pays for paper and ink?
F|Thank you, Ida
",
    ),
    (
        "answers announced as answers stay answers",
        "
F|ご質問に下記のとおり回答します。
Q|> 参加者は何名ですか。
F|3名です。
Q|> 交通手段は何ですか。
F|車です。
",
    ),
    (
        "arrows in a person's own text",
        "
F|自宅 → 現場 → 自宅の日があります。
F|-> 移動時間は労働時間でしょうか。
F|=> 手当も必要ですか。
",
    ),
    (
        "comparison inside a line",
        "
F|残業が 45 > 30 時間となった月があります。
F|どうすればよいですか。
",
    ),
    (
        "quote first, answer below",
        "
Q|> お車でお越しですか。

F|電車で参ります。
",
    ),
    (
        "answers between quotes",
        "
Q|> What is your prefecture?
F|Kochi.
Q|> How many employees?
F|Eleven, four of them at home.
",
    ),
    (
        "quote in the middle, text on both sides",
        "
F|ご返信ありがとうございます。次の部分について伺います。

Q|> 割増は原則25％です。

F|深夜の場合も同じでしょうか。
",
    ),
    (
        "nothing but a quote",
        "
Q|> セミナーに申し込みたいのですが。
Q|> よろしくお願いします。
",
    ),
    (
        "the same initials before every quoted line, answers between",
        "
Q|YT> 会場までの交通手段は？
F|バスで行きます。
Q|YT> 人数は？
F|3人です。
",
    ),
];

/// The line that introduces a quote.
const ATTRIBUTIONS: &[Case] = &[
    (
        "Gmail in Japanese",
        "
F|ありがとうございます。では窓口の場所を教えてください。

Q|2026年11月22日(日) 10:00 山田 <a@b.example>:
Q|> 11月のセミナーは満席です。
",
    ),
    (
        "Gmail in Japanese, broken inside the address",
        "
F|参加します。

Q|2026年11月22日(日) 10:00 テレワークサポートネットワーク事務局 <
Q|jimukyoku@teleworksupport.example>:

Q|> ご参加されますか。
",
    ),
    (
        "Gmail in Japanese, broken before the address",
        "
F|参加します。

Q|2026年11月22日(日) 10:00 テレワークサポートネットワーク事務局
Q|<jimukyoku@teleworksupport.example>:

Q|> ご参加されますか。
",
    ),
    (
        "Gmail in English",
        "
F|Could you tell me the number?

Q|On Sun, Nov 22, 2026 at 10:00 AM Yamada <a@b.example> wrote:
Q|> Please call the desk.
",
    ),
    (
        "Gmail in English, broken before the address",
        "
F|Could you tell me the number?

Q|On Sun, Nov 22, 2026 at 10:00 AM Telework Support Network Secretariat
Q|<jimukyoku@teleworksupport.example> wrote:

Q|> Please call the desk.
",
    ),
    (
        "Gmail in English, broken behind the angle bracket",
        "
F|Could you tell me the number?

Q|On Sun, Nov 22, 2026 at 10:00 AM Telework Support Network Secretariat <
Q|jimukyoku@teleworksupport.example> wrote:

Q|> Please call the desk.
",
    ),
    (
        "Gmail in English, over three lines",
        "
F|Noted.

Q|On Sun, Nov 22, 2026 at 10:00 AM
Q|Telework Support Network Secretariat of the Federation
Q|<jimukyoku@teleworksupport.example> wrote:
Q|> Please call the desk.
",
    ),
    (
        "Apple Mail in Japanese",
        "
F|15時に変えられますか。

Q|2026/11/22 10:00、山田 太郎 <a@b.example>のメール:

Q|> 14時でご予約を承りました。
",
    ),
    (
        "Apple Mail in Japanese, newer wording, unmarked below",
        "
F|15時に変えられますか。

Q|2026/11/22 10:00、山田 太郎 <a@b.example>のメール:

Q|14時でご予約を承りました。
Q|お待ちしております。
",
    ),
    (
        "Apple Mail in English",
        "
F|Is the hall heated?

Q|> On 22 Nov 2026, at 10:00, Yamada <a@b.example> wrote:
Q|>
Q|> The hall is on the third floor.
",
    ),
    (
        "Thunderbird in English",
        "
F|Fine with me.

Q|On 22/11/2026 10:00, Yamada wrote:
Q|> Is the 3rd fine with you?
",
    ),
    (
        "Thunderbird in Japanese, older",
        "
F|問題ありません。

Q|(2026/11/22 10:00), 山田 wrote:
Q|> 3日でよろしいですか。
",
    ),
    (
        "Thunderbird in Japanese",
        "
F|問題ありません。

Q|On 2026/11/22 10:00, 山田 太郎 wrote:
Q|> 3日でよろしいですか。
",
    ),
    (
        "Becky!, over two lines",
        "
F|山田様
F|休憩の件、就業規則にはどう書けばよいですか。

Q|On Sun, 22 Nov 2026 10:00:00 +0900
Q|事務局 山田 <a@b.example> wrote:

Q|> 休憩は労使協定により変更できます。
",
    ),
    (
        "Roundcube in Japanese",
        "
F|お願いします。

Q|2026-11-22 10:00 に 山田 さんは書きました:
Q|> 登録しましょうか。
",
    ),
    (
        "さんは書きました",
        "
F|了解です。

Q|山田太郎さんは書きました:
Q|> 資料を送ります。
",
    ),
    (
        "Yahoo! Japan",
        "
F|資料は届いていません。

Q|--- 2026/11/22 (日) 10:00、山田 <a@b.example> さんは書きました:
Q|> 資料をお送りしました。
",
    ),
    (
        "Mew and its family",
        "
F|はい、行きます。

Q|In message <20261122.a1@b.example>
Q|  on Sun, 22 Nov 2026 10:00:00 +0900, YAMADA Taro <a@b.example> writes:
Q|> いらっしゃいますか。
",
    ),
    (
        "At ..., X wrote",
        "
F|Yes.

Q|At Sun, 22 Nov 2026 10:00:00 +0900,
Q|Taro Yamada wrote:
Q|>
Q|> Will you come?
",
    ),
    (
        "Yahoo in English, old text below without marks",
        "
F|Where exactly is it?

Q|On Sunday, November 22, 2026 at 10:00:00 AM GMT+9, Yamada <a@b.example> wrote:

Q|  The seminar is in Tottori.
Q|  Please be on time.
",
    ),
    (
        "Proton, ruler above the attribution",
        "
F|May I come later?

Q|------- Original Message -------
Q|On Sunday, November 22nd, 2026 at 10:00, Yamada <a@b.example> wrote:

Q|> The meeting starts at 2 p.m.
",
    ),
    (
        "Zoho, attribution inside dashes",
        "
F|Please cancel it.

Q|---- On Sun, 22 Nov 2026 10:00:00 +0900 Yamada <a@b.example> wrote ----

Q|> Your seat is confirmed.
",
    ),
    (
        "German",
        "
F|Vielen Dank, wo ist das Büro?

Q|Am So., 22. Nov. 2026 um 10:00 Uhr schrieb Yamada <a@b.example>:
Q|> Bitte rufen Sie das Büro an.
",
    ),
    (
        "French",
        "
F|Merci, quel est le numéro ?

Q|Le dim. 22 nov. 2026 à 10:00, Yamada <a@b.example> a écrit :
Q|> Appelez le bureau.
",
    ),
    (
        "Spanish",
        "
F|¿Cuál es el número?

Q|El dom, 22 nov 2026 a las 10:00, Yamada (<a@b.example>) escribió:
Q|> Llame a la oficina.
",
    ),
    (
        "Portuguese",
        "
F|Qual é o número?

Q|Em dom., 22 de nov. de 2026 às 10:00, Yamada <a@b.example> escreveu:
Q|> Ligue para o escritório.
",
    ),
    (
        "Italian",
        "
F|Qual è il numero?

Q|Il giorno dom 22 nov 2026 alle ore 10:00 Yamada <a@b.example> ha scritto:
Q|> Chiami l'ufficio.
",
    ),
    (
        "Chinese, Gmail",
        "
F|请问电话是多少？

Q|Yamada <a@b.example> 于2026年11月22日周日 上午10:00写道：
Q|> 请致电咨询窗口。
",
    ),
    (
        "Chinese, Apple",
        "
F|谢谢，电话是多少？

Q|> 在 2026年11月22日，上午10:00，Yamada <a@b.example> 写道：
Q|>
Q|> 请致电咨询窗口。
",
    ),
    (
        "Korean, Gmail",
        "
F|전화번호를 알려 주세요.

Q|2026년 11월 22일 (일) 오전 10:00, Yamada <a@b.example>님이 작성:
Q|> 창구에 전화해 주세요.
",
    ),
    (
        "Vietnamese, Gmail",
        "
F|Cho tôi xin số điện thoại.

Q|Vào CN, 22 thg 11, 2026 vào lúc 10:00 Yamada <a@b.example> đã viết:
Q|> Xin hãy gọi điện.
",
    ),
    (
        "attribution as the last line, its quote deleted",
        "
F|では3日に伺います。

Q|2026年11月22日(日) 10:00 山田 <a@b.example>:
",
    ),
    (
        "attribution as the last line in English",
        "
F|See you on the third then.

Q|On Sun, Nov 22, 2026 at 10:00 AM Yamada <a@b.example> wrote:
",
    ),
    (
        "bottom-posted below attribution and quote",
        "
Q|On Sun, Nov 22, 2026 at 10:00 AM Yamada <a@b.example> wrote:
Q|> How many of you will come?

F|Four, and one of us uses a wheelchair.
F|Vera
",
    ),
    (
        "a date and time of the person's own are no attribution",
        "
F|次の回に参加を希望します。
F|2026年12月3日(木) 14:00の回:
F|　川端、西尾
F|2026年12月4日(金) 10:00の回:
F|　森
",
    ),
    (
        "what the boss wrote, told by the writer",
        "
F|On Monday my boss wrote: from now on nobody is paid for travel.
F|May he do that?
",
    ),
    (
        "a heading of the person's own that ends in wrote",
        "
F|This is what the head office wrote:
F|all home workers lose the lunch allowance from April.
F|Is that legal?
",
    ),
    (
        "two attributions in one thread",
        "
F|了解しました。会場へはどう行けばよいですか。

Q|2026年11月22日(日) 10:00 山田 <a@b.example>:
Q|> 会場は県民会館です。
Q|>
Q|> 2026年11月21日(土) 9:00 川端 <k@c.example>:
Q|>> 会場はどこですか。
",
    ),
];

/// Old mail below a header block.
const BLOCKS: &[Case] = &[
    (
        "Outlook in Japanese",
        "
F|ご連絡ありがとうございます。対面の窓口はありますか。

Q|差出人: 事務局 <a@b.example>
Q|送信日時: 2026年11月22日 10:00
Q|宛先: 川端 <k@c.example>
Q|件名: セミナーのご案内

Q|セミナーを開催します。
Q|労務管理の相談も承ります。
",
    ),
    (
        "Outlook in Japanese, full-width colons",
        "
F|残業代の計算を教えてください。

Q|差出人：事務局 <a@b.example>
Q|送信日時：2026年11月22日 10:00
Q|宛先：川端 <k@c.example>
Q|件名：セミナーのご案内

Q|セミナーを開催します。
",
    ),
    (
        "Outlook in Japanese, ruler of underscores",
        "
F|残業代の計算を教えてください。

Q|________________________________
Q|差出人: 事務局 <a@b.example>
Q|送信日時: 2026年11月22日 10:00
Q|宛先: 川端 <k@c.example>
Q|件名: セミナーのご案内

Q|セミナーを開催します。
",
    ),
    (
        "Outlook in Japanese with Cc and importance",
        "
F|資料だけいただけますか。

Q|差出人: 事務局 <a@b.example>
Q|送信日時: 2026年11月22日 10:00
Q|宛先: 川端 <k@c.example>
Q|Cc: 西尾 <n@c.example>
Q|件名: セミナーのご案内
Q|重要度: 高

Q|本文
",
    ),
    (
        "Original Message with an English block over Japanese text",
        "
F|いつもお世話になっております。
F|申込みを取り消したいのですが。

Q|-----Original Message-----
Q|From: 事務局 <a@b.example>
Q|Sent: Sunday, November 22, 2026 10:00 AM
Q|To: 川端 <k@c.example>
Q|Subject: 受付のお知らせ

Q|受付が完了しました。
",
    ),
    (
        "Original Message with a Japanese block",
        "
F|取り消したいのですが。

Q|-----Original Message-----
Q|差出人: 事務局
Q|送信日時: 2026年11月22日 10:00
Q|宛先: 川端
Q|件名: 受付

Q|受付が完了しました。
",
    ),
    (
        "元のメッセージ",
        "
F|取り消したいのですが。

Q|----- 元のメッセージ -----
Q|差出人: 事務局 <a@b.example>
Q|宛先: 川端 <k@c.example>
Q|送信済み: 2026年11月22日, 日曜日 10:00
Q|件名: 受付

Q|受付が完了しました。
",
    ),
    (
        "Outlook in English",
        "
F|Could you hold it in Matsue too?

Q|From: Yamada <a@b.example>
Q|Sent: Sunday, November 22, 2026 10:00 AM
Q|To: Ida Holm <ida@c.example>
Q|Subject: Seminar in Tottori

Q|Dear Ms. Holm,
Q|the seminar is in Tottori.
",
    ),
    (
        "Outlook in English, ruler of underscores",
        "
F|Could you hold it in Matsue too?

Q|________________________________
Q|From: Yamada <a@b.example>
Q|Sent: Sunday, November 22, 2026 10:00 AM
Q|To: Ida Holm <ida@c.example>
Q|Subject: Seminar in Tottori

Q|Dear Ms. Holm,
",
    ),
    (
        "Outlook block without the To line",
        "
F|Where is that?

Q|From: Yamada <a@b.example>
Q|Date: Sunday, 22 November 2026 at 10:00
Q|Subject: Seminar

Q|It is in the town hall.
",
    ),
    (
        "Outlook for Mac, Date instead of Sent",
        "
F|Where is that?

Q|From: Yamada <a@b.example>
Q|Date: Sunday, 22 November 2026 at 10:00
Q|To: Ida Holm <ida@c.example>
Q|Subject: Seminar
Q|It is in the town hall.
",
    ),
    (
        "Outlook for Mac in Japanese",
        "
F|会場はどこですか。

Q|差出人: 事務局 <a@b.example>
Q|日付: 2026年11月22日 日曜日 10:00
Q|宛先: 川端 <k@c.example>
Q|件名: セミナー
Q|県民会館です。
",
    ),
    (
        "names of the block in bold asterisks",
        "
F|We would rather come in May.

Q|*From:* Yamada <a@b.example>
Q|*Sent:* Sunday, November 22, 2026 10:00 AM
Q|*To:* Ida Holm <ida@c.example>
Q|*Subject:* Seminar

Q|The seminar is in April.
",
    ),
    (
        "block with empty lines between its fields",
        "
F|5月の方がありがたいです。

Q|From: 事務局 <a@b.example>

Q|Sent: Sunday, November 22, 2026 10:00 AM

Q|To: 川端 <k@c.example>

Q|Subject: セミナー

Q|4月に開催します。
",
    ),
    (
        "many recipients, wrapped",
        "
F|Count me in.

Q|From: Yamada <a@b.example>
Q|Sent: Sunday, November 22, 2026 10:00 AM
Q|To: Ida Holm <ida@c.example>; Nils Berg <nils@c.example>; Petra Lang
Q|<petra@c.example>; Omar Said <omar@c.example>
Q|Cc: Office <office@c.example>
Q|Subject: Seminar

Q|Who would like to come?
",
    ),
    (
        "AOL order of fields",
        "
F|Count me in.

Q|-----Original Message-----
Q|From: Yamada <a@b.example>
Q|To: ida <ida@c.example>
Q|Sent: Sun, Nov 22, 2026 10:00 am
Q|Subject: Seminar

Q|Who would like to come?
",
    ),
    (
        "Android phone",
        "
F|電話番号が違うようです。

Q|-------- 元のメッセージ --------
Q|From: 事務局 <a@b.example>
Q|Date: 2026/11/22 10:00 (GMT+09:00)
Q|To: k@c.example
Q|Subject: お問い合わせの件

Q|番号は次のとおりです。
",
    ),
    (
        "Android phone in English",
        "
F|The number seems wrong.

Q|-------- Original message --------
Q|From: Yamada <a@b.example>
Q|Date: 22/11/2026 10:00 (GMT+09:00)
Q|To: ida@c.example
Q|Subject: Your inquiry

Q|The number is as follows.
",
    ),
    (
        "German Outlook",
        "
F|Danke, aber wann?

Q|Von: Yamada <a@b.example>
Q|Gesendet: Sonntag, 22. November 2026 10:00
Q|An: Ida Holm <ida@c.example>
Q|Betreff: Seminar

Q|Das Seminar ist in Tottori.
",
    ),
    (
        "French Outlook, spaces before the colons",
        "
F|Merci, mais quand ?

Q|De : Yamada <a@b.example>
Q|Envoyé : dimanche 22 novembre 2026 10:00
Q|À : Ida Holm <ida@c.example>
Q|Objet : Séminaire

Q|Le séminaire est à Tottori.
",
    ),
    (
        "Chinese QQ mail",
        "
F|请问地址在哪里？

Q|------------------ 原始邮件 ------------------
Q|发件人: \"Yamada\" <a@b.example>;
Q|发送时间: 2026年11月22日(星期天) 上午10:00
Q|收件人: \"Lin\"<lin@c.example>;
Q|主题: 咨询

Q|请直接到窗口。
",
    ),
    (
        "Lotus Notes in Japanese with tabs",
        "
F|会場の変更は可能ですか。

Q|差出人：\t山田/事務局
Q|宛先：\t川端
Q|日付：\t2026/11/22 10:00
Q|件名：\t会場について

Q|会場は県民会館です。
",
    ),
    (
        "quoted block: Outlook header inside marks",
        "
F|はい、そうです。

Q|> -----Original Message-----
Q|> From: 事務局 <a@b.example>
Q|> Sent: Sunday, November 22, 2026 10:00 AM
Q|> To: 川端
Q|> Subject: 確認
Q|>
Q|> 3名でよろしいですか。
",
    ),
    (
        "signature of the new mail stands above the block",
        "
F|セミナーの録画はありますか。

S|-----------------------------
S|株式会社カワバタ　川端
S|〒680-0000 鳥取市
S|TEL 0857-00-0000
S|-----------------------------

Q|差出人: 事務局 <a@b.example>
Q|送信日時: 2026年11月22日 10:00
Q|宛先: 川端 <k@c.example>
Q|件名: お礼

Q|ご参加ありがとうございました。
Q|----
Q|事務局 03-0000-1517
",
    ),
    (
        "thread of three, all below the first block",
        "
F|Any news?

Q|From: Yamada <a@b.example>
Q|Sent: Sunday, November 22, 2026 10:00 AM
Q|To: Ida Holm <ida@c.example>
Q|Subject: RE: Seminar

Q|We will let you know.

Q|From: Ida Holm <ida@c.example>
Q|Sent: Saturday, November 21, 2026 9:00 AM
Q|To: Yamada <a@b.example>
Q|Subject: Seminar

Q|Is there a seminar in Matsue?
",
    ),
    (
        "a person's own From ... To is no block",
        "
F|From: April
F|To: September
F|we would like two people to work from home. What must be filed?
",
    ),
    (
        "the phrase original message in a sentence",
        "
F|I cannot find your original message.
F|Could you send the link again?
",
    ),
    (
        "元のメール in a sentence",
        "
F|元のメールを消してしまいました。
F|セミナーの接続先をもう一度お願いします。
",
    ),
];

/// Forwarded mail, with and without a note.
const FORWARDS: &[Case] = &[
    (
        "Gmail",
        "
F|Who should answer this one?

Q|---------- Forwarded message ---------
Q|From: Petra Lang <petra@d.example>
Q|Date: Sun, Nov 22, 2026 at 10:00 AM
Q|Subject: Overtime
Q|To: <ida@c.example>

Q|My boss does not pay me overtime.
",
    ),
    (
        "Gmail in Japanese",
        "
F|下記の社員の質問にお答えいただけますか。

Q|---------- Forwarded message ---------
Q|From: 西尾 <n@c.example>
Q|Date: 2026年11月22日(日) 10:00
Q|Subject: 残業
Q|To: 川端 <k@c.example>

Q|残業代が出ません。
",
    ),
    (
        "Apple Mail in English",
        "
F|See below. Can he claim it?

Q|Begin forwarded message:

Q|From: Omar Said <omar@c.example>
Q|Subject: Train pass
Q|Date: 22 November 2026 at 10:00:00 GMT+9
Q|To: ida@c.example

Q|I paid for the pass.
",
    ),
    (
        "Apple Mail in Japanese",
        "
F|この件、窓口で相談できますか。

Q|転送されたメッセージ:

Q|差出人: 西尾 <n@c.example>
Q|件名: 定期券
Q|日付: 2026年11月22日 10:00:00 JST
Q|宛先: k@c.example

Q|定期券の払い戻しはどうなりますか。
",
    ),
    (
        "iPhone, forwarded text marked",
        "
F|どうしましょう。

S|iPhoneから送信

Q|Begin forwarded message:

Q|> From: 西尾 <n@c.example>
Q|> Date: 2026年11月22日 10:00
Q|> To: k@c.example
Q|> Subject: 休みたい
Q|>
Q|> 明日休みます。
",
    ),
    (
        "Thunderbird in Japanese, subject first",
        "
F|この案内はまだ有効でしょうか。

Q|-------- 転送メッセージ --------
Q|件名: \tセミナーのご案内
Q|日付: \tSun, 22 Nov 2026 10:00:00 +0900
Q|差出人: \t事務局 <a@b.example>
Q|宛先: \tk@c.example

Q|セミナーを開催します。
",
    ),
    (
        "Thunderbird in English",
        "
F|Is this still open?

Q|-------- Forwarded Message --------
Q|Subject: \tSeminar
Q|Date: \tSun, 22 Nov 2026 10:00:00 +0900
Q|From: \tYamada <a@b.example>
Q|To: \tida@c.example

Q|We invite you.
",
    ),
    (
        "Notes",
        "
F|Please advise.

Q|----- Forwarded by Ida Holm/ACME on 22/11/2026 10:00 -----

Q|From: Omar Said/ACME
Q|To: Ida Holm/ACME
Q|Date: 21/11/2026 09:00
Q|Subject: Leave

Q|May I take leave by the hour?
",
    ),
    (
        "Outlook forward: block only, with a note",
        "
F|ご参考まで。弊社は鳥取です。

Q|From: 西尾 <n@c.example>
Q|Sent: Sunday, November 22, 2026 10:00 AM
Q|To: 川端 <k@c.example>
Q|Subject: 転勤

Q|大阪に転勤します。
",
    ),
    (
        "a mail that is all forward",
        "
Q|---------- Forwarded message ---------
Q|From: 西尾 <n@c.example>
Q|Date: 2026年11月22日(日) 10:00
Q|Subject: 残業
Q|To: 川端 <k@c.example>

Q|残業代が出ません。
",
    ),
    (
        "a mail that is all Outlook forward, with ruler",
        "
Q|________________________________
Q|差出人: 西尾 <n@c.example>
Q|送信日時: 2026年11月22日 10:00
Q|宛先: 川端 <k@c.example>
Q|件名: 残業

Q|残業代が出ません。
",
    ),
    (
        "a mail that is all Outlook forward, without ruler",
        "
Q|From: Omar Said <omar@c.example>
Q|Sent: Sunday, November 22, 2026 10:00 AM
Q|To: Ida Holm <ida@c.example>
Q|Subject: Overtime

Q|Nobody pays my overtime.
",
    ),
    (
        "only a device line above the forward",
        "
S|Sent from my iPhone

Q|Begin forwarded message:

Q|From: Omar Said <omar@c.example>
Q|Date: 22 November 2026 at 10:00:00 GMT+9
Q|To: ida@c.example
Q|Subject: Overtime

Q|Nobody pays my overtime.
",
    ),
    (
        "forward with its end marked and text below",
        "
F|次のメールが届きました。

Q|----- Forwarded Message -----
Q|From: 西尾 <n@c.example>
Q|Date: 2026年11月22日 10:00
Q|Subject: 残業

Q|残業代が出ません。
Q|----- End of Forwarded Message -----

F|どう返事をすればよいでしょうか。
",
    ),
    (
        "以下、転送します",
        "
F|総務の川端です。ご確認ください。

Q|以下、転送します。

Q|西尾です。残業代が出ません。
",
    ),
    (
        "quotes inside the forward",
        "
F|What would you tell her?

Q|---------- Forwarded message ---------
Q|From: Petra Lang <petra@d.example>
Q|Date: Sun, Nov 22, 2026 at 10:00 AM
Q|Subject: Re: Overtime
Q|To: <ida@c.example>

Q|But I have to answer at night!

Q|On Sat, Nov 21, 2026 at 9:00 AM Ida <ida@c.example> wrote:
Q|> We do not pay overtime at home.
",
    ),
    (
        "forward below the sender's own signature",
        "
F|Can you answer this for us?

S|-- 
S|Ida Holm
S|Holm Tools K.K., Tottori

Q|---------- Forwarded message ---------
Q|From: Petra Lang <petra@d.example>
Q|Date: Sun, Nov 22, 2026 at 10:00 AM
Q|Subject: Overtime
Q|To: <ida@c.example>

Q|Nobody pays my overtime.
",
    ),
    (
        "forwarding is what the sentence is about",
        "
F|転送メッセージの扱いについて伺います。
F|私用の携帯へ業務メールを転送する社員がいます。
",
    ),
    (
        "forwarded by the group secretariat, marked with full-width marks",
        "
F|組合事務局からの転送です。参加したいです。

Q|＞組合員各位
Q|＞セミナーのご案内です。
",
    ),
];

/// Signatures with a ruler.
const RULED: &[Case] = &[
    (
        "standard delimiter",
        "
F|When is the next briefing?

S|-- 
S|Ida Holm
S|Holm Tools K.K.
",
    ),
    (
        "standard delimiter without its space",
        "
F|次の説明会はいつですか。

S|--
S|川端 一郎
S|株式会社カワバタ
",
    ),
    (
        "heavy lines around it",
        "
F|窓口の場所を教えてください。

S|━━━━━━━━━━━━━━━━━━
S|株式会社カワバタ
S|総務部　川端 一郎
S|〒680-0000 鳥取県鳥取市
S|TEL：0857-00-0000
S|━━━━━━━━━━━━━━━━━━
",
    ),
    (
        "full-width asterisks",
        "
F|窓口の場所を教えてください。

S|＊＊＊＊＊＊＊＊＊＊＊＊
S|カワバタ商店　川端
S|電話 0857-00-0000
S|＊＊＊＊＊＊＊＊＊＊＊＊
",
    ),
    (
        "equals signs",
        "
F|When is the next briefing?

S|====================
S|Ida Holm
S|Tel +81-857-00-0000
S|====================
",
    ),
    (
        "ruler above only",
        "
F|次の説明会はいつですか。

S|----------------------------------
S|（有）カワバタ　川端
S|k@c.example
",
    ),
    (
        "slashes and underscores",
        "
F|次の説明会はいつですか。

S|_/_/_/_/_/_/_/_/_/_/_/_/
S|　川端
S|　携帯 090-0000-0000
S|_/_/_/_/_/_/_/_/_/_/_/_/
",
    ),
    (
        "stars and diamonds with blanks",
        "
F|次の説明会はいつですか。

S|☆ ★ ☆ ★ ☆ ★ ☆ ★
S|雑貨店 くまの手　西尾
S|https://kumanote.example
S|☆ ★ ☆ ★ ☆ ★ ☆ ★
",
    ),
    (
        "a box",
        "
F|次の説明会はいつですか。

S|┏━━━━━━━━━━━━━━┓
S|┃ 川端設備　川端　　　　　　　┃
S|┃ TEL 0857-00-0000　　　　　　┃
S|┗━━━━━━━━━━━━━━┛
",
    ),
    (
        "dots",
        "
F|次の説明会はいつですか。

S|………………………………………
S|社会福祉法人かわせみ会　総務　森
S|Mail：mori@kawasemi.example
S|………………………………………
",
    ),
    (
        "diamond ruler",
        "
F|次の説明会はいつですか。

S|◆◇◆◇◆◇◆◇◆◇◆◇
S|森
S|電話：0857-00-0000
S|◆◇◆◇◆◇◆◇◆◇◆◇
",
    ),
    (
        "ruler with the company's name in it",
        "
F|次の説明会はいつですか。

S|-----◆ 株式会社カワバタ ◆-----
S|川端 一郎
S|TEL 0857-00-0000
S|------------------------------
",
    ),
    (
        "long dash of Latin letters",
        "
F|When is the next briefing?

S|—
S|Ida Holm
S|Holm Tools K.K.
",
    ),
    (
        "waves",
        "
F|次の説明会はいつですか。

S|～～～～～～～～～～～～～～
S|パン工房こむぎ　代表 西尾
S|鳥取市○○町1-1
S|0857-00-0000
S|～～～～～～～～～～～～～～
",
    ),
    (
        "two offices",
        "
F|鳥取の支店のことで相談します。残業はどう数えますか。

S|■□■□■□■□■□■□■□■□
S|カワバタ物産株式会社　人事課　森
S|本社　〒530-0001 大阪市北区
S|　　　TEL 06-0000-0000
S|鳥取支店　〒680-0000 鳥取市
S|　　　TEL 0857-00-0000
S|■□■□■□■□■□■□■□■□
",
    ),
    (
        "an advertisement in the signature",
        "
F|参加費はかかりますか。

S|━━━━━━━━━━━━━━━━━━
S|社労士オフィス森　森 和子
S|★就業規則の無料診断、受付中です！
S|★毎月セミナーを開いています
S|https://office-mori.example
S|TEL 0857-00-0000
S|━━━━━━━━━━━━━━━━━━
",
    ),
    (
        "postscript below the signature",
        "
F|参加費はかかりますか。

S|----------------------
S|森　TEL 0857-00-0000
S|----------------------
F|追伸：駐車場の有無も教えてください。
",
    ),
    (
        "postscript below the signature in English",
        "
F|Is there a fee?

S|-- 
S|Ida Holm
S|Tel +81-857-00-0000

F|P.S. Is there a car park as well?
",
    ),
    (
        "quote below the signature",
        "
F|Is there a fee?

S|-- 
S|Ida Holm
S|Tel +81-857-00-0000

Q|On Sun, Nov 22, 2026 at 10:00 AM Yamada <a@b.example> wrote:
Q|> You are invited.
",
    ),
    (
        "signature below the quote",
        "
Q|> ご住所を教えてください。
F|下の署名のとおりです。

S|------------------
S|川端
S|〒680-0000 鳥取市
S|------------------
",
    ),
    (
        "rulers that frame a part of the letter",
        "
F|お世話になります。
F|----------
F|質問は次の二点です。
F|1. 残業代はどうなりますか。
F|2. 通勤手当は必要ですか。
F|----------
F|よろしくお願いします。
",
    ),
    (
        "frame in the middle and signature at the end",
        "
F|以下の社員について相談します。
F|==========
F|職種：経理
F|勤務：週3日は自宅
F|==========
F|手当は必要でしょうか。

S|**********
S|川端　0857-00-0000
S|**********
",
    ),
    (
        "ruled headings",
        "
F|=== 質問1 ===
F|休憩は必要ですか。
F|=== 質問2 ===
F|手当は必要ですか。
",
    ),
    (
        "a ruler and one more question",
        "
F|窓口はどこですか。
F|----
F|もう一つ、予約は必要でしょうか。
",
    ),
    (
        "two dashes and one more question",
        "
F|Where is the desk?
F|--
F|Another thing: must we book?
",
    ),
    (
        "ruler at the very end, nothing below",
        "
F|窓口はどこですか。
S|------------------------
",
    ),
    (
        "an own form between cut lines",
        "
F|申込みます。
F|------ここから------
F|会社名：カワバタ
F|氏名：川端
F|人数：2
F|------ここまで------
F|よろしくお願いします。
",
    ),
    (
        "mailing list footer",
        "
F|May members of the guild attend?

S|_______________________________________________
S|guild mailing list
S|guild@lists.c.example
S|https://lists.c.example/guild
",
    ),
    (
        "bare plus and minus",
        "
F|次の説明会はいつですか。

S|+-+-+-+-+-+-+-+-+-+
S|森 (mori@kawasemi.example)
S|+-+-+-+-+-+-+-+-+-+
",
    ),
    (
        "signature of sentences after the standard delimiter",
        "
F|When is the next briefing?

S|-- 
S|Ida Holm
S|Holm Tools makes tools that last.
",
    ),
];

/// Signatures without a ruler, and what only looks like one.
const UNRULED: &[Case] = &[
    (
        "address block, Japanese",
        "
F|残業の数え方を教えてください。
F|よろしくお願いいたします。

S|株式会社カワバタ
S|総務部　川端 一郎
S|〒680-0000 鳥取県鳥取市○○1-2-3
S|TEL 0857-00-0000 / FAX 0857-00-0001
",
    ),
    (
        "address block, English",
        "
F|How do I count overtime?

F|Best regards,

S|Ida Holm
S|Holm Tools K.K.
S|1-2-3 Marunouchi, Tottori 680-0000
S|Tel: +81-857-00-0000
S|https://holm-tools.example
",
    ),
    (
        "block directly below the sign-off",
        "
F|How do I count overtime?

F|Kind regards,
S|Ida Holm
S|Human Resources, Holm Tools K.K.
S|Phone +81 857 00 0000
",
    ),
    (
        "block directly below the closing sentence",
        "
F|残業の数え方を教えてください。
F|よろしくお願いいたします。
S|カワバタ商店　川端
S|電話：0857-00-0000
S|メール：k@c.example
",
    ),
    (
        "right-aligned",
        "
F|残業の数え方を教えてください。

S|　　　　　　　　　　　　株式会社カワバタ
S|　　　　　　　　　　　　　　　川端 一郎
S|　　　　　　　　　　　　電話 0857-00-0000
",
    ),
    (
        "one line with separators",
        "
F|残業の数え方を教えてください。

S|川端 一郎 / 株式会社カワバタ 総務部 / 090-0000-0000
",
    ),
    (
        "one line with a postal code",
        "
F|参加したいです。

S|川端　〒680-0000 鳥取市○○1-2-3
",
    ),
    (
        "a bare number in the last line under the name",
        "
F|お昼にお電話ください。

S|川端
S|0857-00-0000
",
    ),
    (
        "full-width digits",
        "
F|参加したいです。

S|川端一郎
S|〒６８０－００００　鳥取市○○１－２
S|電話　０８５７－００－００００
",
    ),
    (
        "a name only",
        "
F|残業の数え方を教えてください。

F|川端
",
    ),
    (
        "a name only, English",
        "
F|How do I count overtime?

F|Thanks,
F|Ida
",
    ),
    (
        "firm and name without any address",
        "
F|残業の数え方を教えてください。
F|よろしくお願いいたします。

F|株式会社カワバタ
F|川端 一郎
",
    ),
    (
        "a letter with 敬具 and date",
        "
F|拝啓　初冬の候、ますますご清栄のこととお慶び申し上げます。
F|さて、説明会に参加いたしたく存じます。
F|　　　　　　　　　　　　　　　　　　敬具
F|令和八年十一月二十二日
F|　　　　　　　　　　　　　　　　川端 一郎
",
    ),
    (
        "a phone number in the last sentence",
        "
F|May we visit the desk?
F|Please call 03-0000-0000 or mail a@b.example.
",
    ),
    (
        "a phone number in the last sentence, Japanese",
        "
F|窓口に伺いたいです。

F|ご連絡は 090-0000-0000 までお願いします。
",
    ),
    (
        "the address of the site in question, announced",
        "
F|在宅勤務を始めるのは次の工場です。

F|カワバタ物産 鳥取工場
F|〒680-0000 鳥取市○○1-2-3
",
    ),
    (
        "the address of the site in question, announced in English",
        "
F|The people concerned belong to the following plant:

F|Holm Tools, Tottori Works
F|1-2-3 Marunouchi, Tottori 680-0000
",
    ),
    (
        "a list of participants with addresses",
        "
F|セミナーに申し込みます。
F|参加者：
F|川端 一郎 k@c.example
F|西尾 花子 n@c.example
",
    ),
    (
        "以下 introduces questions, not a signature",
        "
F|以下について教えてください。
F|・受付時間
F|・電話番号
F|・駐車場
",
    ),
    (
        "以下余白",
        "
F|残業の数え方を教えてください。
F|以下余白
",
    ),
    (
        "以上 closes the text",
        "
F|残業の数え方を教えてください。
F|以上

S|株式会社カワバタ　川端
S|TEL 0857-00-0000
",
    ),
    (
        "a link to what is asked about",
        "
F|こちらの案内を見ました。まだ申し込めますか。
F|https://seminar.example/2026/12
",
    ),
    (
        "a title and a link to what is asked about",
        "
F|まだ申し込めますか。

F|12月のセミナー
F|https://seminar.example/2026/12
",
    ),
    (
        "letterhead on top",
        "
F|株式会社カワバタ　総務部
F|〒680-0000 鳥取市
F|TEL 0857-00-0000

F|残業の数え方を教えてください。
",
    ),
    (
        "only contact data",
        "
F|川端 一郎
F|090-0000-0000
",
    ),
    (
        "block below a list of questions without full stops",
        "
F|教えてほしいこと
F|・窓口の場所
F|・受付時間

S|カワバタ商店
S|〒680-0000 鳥取市
S|0857-00-0000
",
    ),
    (
        "signature in two paragraphs",
        "
F|残業の数え方を教えてください。

S|川端 一郎
S|株式会社カワバタ 総務部

S|〒680-0000 鳥取市○○1-2-3
S|TEL 0857-00-0000
S|https://kawabata.example
",
    ),
    (
        "name, then the address in a paragraph of its own, English",
        "
F|Could you call me back about the seminar?

S|Ida Holm
S|HR Manager

S|Holm Tools K.K.
S|Tottori 680-0000
S|T: +81-857-00-0000
S|ida@holm-tools.example
",
    ),
    (
        "a question stands below the block",
        "
F|カワバタ商店の川端です。
F|電話 0857-00-0000
F|メール k@c.example

F|セミナーの資料をいただけますか。
",
    ),
];

/// What devices and programs append.
const DEVICES: &[Case] = &[
    ("iPhone", "\nF|Is there a desk in Saga?\n\nS|Sent from my iPhone\n"),
    ("iPhone in Japanese", "\nF|佐賀に窓口はありますか？\n\nS|iPhoneから送信\n"),
    (
        "device line between text and quote",
        "
F|佐賀に窓口はありますか？

S|iPhoneから送信

Q|2026/11/22 10:00、山田 <a@b.example>のメール:

Q|> ご住所はどちらですか。
",
    ),
    ("Outlook for iOS", "\nF|Is there a desk in Saga?\n\nS|Get Outlook for iOS<https://outlook.example/ios>\n"),
    ("Outlook for iOS in Japanese", "\nF|佐賀に窓口はありますか？\n\nS|Outlook for iOS を入手\n"),
    ("Windows mail", "\nF|Is there a desk in Saga?\n\nS|Sent from Mail for Windows 10\n"),
    ("Galaxy", "\nF|佐賀に窓口はありますか？\n\nS|Galaxyから送信\n"),
    ("Xperia", "\nF|佐賀に窓口はありますか？\n\nS|Xperia 10から送信\n"),
    ("Yahoo! Japan app", "\nF|佐賀に窓口はありますか？\n\nS|Yahoo!メールアプリから送信\n"),
    ("Android in English", "\nF|Is there a desk in Saga?\n\nS|Sent from Yahoo Mail on Android\n"),
    ("Samsung", "\nF|Is there a desk in Saga?\n\nS|Sent from my Samsung Galaxy smartphone.\n"),
    ("German phone", "\nF|Gibt es ein Büro in Saga?\n\nS|Von meinem iPhone gesendet\n"),
    ("French phone", "\nF|Y a-t-il un bureau à Saga ?\n\nS|Envoyé de mon iPhone\n"),
    ("Spanish phone", "\nF|¿Hay una oficina en Saga?\n\nS|Enviado desde mi iPhone\n"),
    ("Chinese phone", "\nF|佐贺有咨询窗口吗？\n\nS|发自我的iPhone\n"),
    ("Korean phone", "\nF|사가에 창구가 있나요?\n\nS|나의 iPhone에서 보냄\n"),
    ("virus scanner", "\nF|佐賀に窓口はありますか？\n\nS|ウイルス フリー。 www.avast.example\n"),
    ("virus scanner in English", "\nF|Is there a desk in Saga?\n\nS|Virus-free. www.avast.example\n"),
    (
        "a person tells where it was sent from",
        "
F|申込書は先週、会社のパソコンから送信しました。
F|昨日は貴会のフォームから送信
F|どちらも返事がありません。
",
    ),
    (
        "a person tells where it was sent from, English",
        "
F|Hello,
F|Sent from the desk in Saga yesterday, a letter reached us that names the wrong date.
F|What is the right one?
",
    ),
];

/// Disclaimers, and people who write about secrets and errors.
const DISCLAIMERS: &[Case] = &[
    (
        "English, last paragraph",
        "
F|When is the seminar?

D|This e-mail is confidential and intended only for the addressee.
D|It contains no labour advice.
",
    ),
    (
        "English, behind the signature",
        "
F|When is the seminar?

S|-- 
S|Ida Holm
S|Holm Tools K.K.

D|The information in this message is confidential. If you are not the intended
D|recipient, please notify the sender and delete it.
",
    ),
    (
        "with a heading in capitals",
        "
F|When is the seminar?

D|CONFIDENTIALITY NOTICE: This communication is intended solely for the person to
D|whom it is addressed and may be privileged.
",
    ),
    (
        "Japanese, behind the signature",
        "
F|セミナーはいつですか。

S|------------------------
S|株式会社カワバタ 川端
S|TEL 0857-00-0000
S|------------------------
D|※本メールには機密情報が含まれている場合があります。
D|誤って受信された場合は、お手数ですが送信者へご連絡のうえ削除してください。
",
    ),
    (
        "Japanese, last paragraph",
        "
F|セミナーはいつですか。

D|このメールは名宛人のみを対象としたものです。名宛人以外の方による開示、複写、転載は固くお断りします。
",
    ),
    (
        "environment",
        "
F|When is the seminar?
F|Ida

D|Please consider the environment before printing this e-mail.
",
    ),
    (
        "above the quote",
        "
F|When is the seminar?

D|This message may contain confidential information. If you have received this message in error, please delete it.

Q|From: Yamada <a@b.example>
Q|Sent: Sunday, November 22, 2026 10:00 AM
Q|To: Ida Holm <ida@c.example>
Q|Subject: Seminar

Q|Which seminar do you mean?
",
    ),
    (
        "bilingual",
        "
F|セミナーはいつですか。

D|本メールは宛先に記載された方のみを対象としています。誤って届いた場合は破棄してください。
D|This e-mail is intended only for the named recipient. If received in error, please destroy it.
",
    ),
    (
        "a wish for secrecy is no disclaimer",
        "
F|残業代が払われていません。

F|このメールの内容は会社には秘密にしてください。
",
    ),
    (
        "a wish for secrecy is no disclaimer, English",
        "
F|My overtime is not paid.

F|Please keep this message confidential, my boss must not know that I wrote.
",
    ),
    (
        "an error of one's own is no disclaimer",
        "
F|お世話になります。

F|先ほどのメールは誤って送信したものです。
F|セミナーの申込みは2名でお願いします。
",
    ),
    (
        "a question about confidential data is no disclaimer",
        "
F|お世話になります。

F|在宅の社員が顧客名簿を誤送信した場合、会社の責任はどうなりますか。
F|機密情報の持ち出しを就業規則で禁止できますか。
",
    ),
    (
        "a question about confidential data is no disclaimer, English",
        "
F|Hello,

F|may we forbid home workers to send confidential files to a private account?
F|If you have a sample clause, please send it.
",
    ),
    (
        "無断転載 in a question",
        "
F|セミナーの資料について伺います。

F|社内報への転載は無断転載に当たりますか。
",
    ),
];

/// Mail made by web forms: all of it is fresh.
const FORMS: &[Case] = &[
    (
        "brackets",
        "
F|【お名前】 三好
F|【都道府県】 愛媛県
F|【電話番号】 089-000-0000
F|【お問い合わせ内容】
F|窓口の予約をしたいです。
",
    ),
    (
        "squares",
        "
F|■会社名：カワバタ
F|■ご担当者名：川端
F|■メールアドレス：k@c.example
F|■電話番号：0857-00-0000
F|■ご住所：鳥取市○○1-2-3
F|■ご質問：残業の数え方
",
    ),
    (
        "contact data at the end of the form",
        "
F|お問い合わせ内容: セミナーの日程を知りたい
F|お名前: 川端
F|会社名: カワバタ商店
F|電話番号: 0857-00-0000
F|メールアドレス: k@c.example
F|住所: 鳥取市
",
    ),
    (
        "English",
        "
F|Name: Ida Holm
F|Company: Holm Tools
F|Prefecture: Tottori
F|Email: ida@holm-tools.example
F|Phone: 0857-00-0000
F|Message: Where is the desk?
",
    ),
    (
        "WordPress in Japanese",
        "
F|差出人: 川端 <k@c.example>
F|題名: 窓口について

F|メッセージ本文:
F|鳥取の窓口はどこですか。

S|-- 
S|このメールは サポートネット (https://teleworksupport.example) のお問い合わせフォームから送信されました
",
    ),
    (
        "WordPress in English",
        "
F|From: Ida Holm <ida@c.example>
F|Subject: desk

F|Message Body:
F|Where is the desk in Tottori?

S|-- 
S|This e-mail was sent from a contact form on Support Net (https://teleworksupport.example)
",
    ),
    (
        "rulers around the form",
        "
F|ホームページからお問い合わせがありました。
F|==============================
F|お名前：川端
F|都道府県：鳥取県
F|ご相談内容：在宅の社員の休憩について
F|==============================
",
    ),
    (
        "form with sent date and subject among its fields",
        "
F|送信日時：2026/11/22 10:00
F|件名：お問い合わせ
F|お名前：川端
F|メール：k@c.example
F|内容：説明会に参加したい
",
    ),
];

/// Whole mails with several of the above.
const MIXED: &[Case] = &[
    (
        "interleaved, attribution, signature",
        "
Q|2026年11月22日(日) 10:00 山田 <a@b.example>:
Q|> 何名でご参加ですか。
F|2名です。
Q|> お車ですか。
F|はい、1台です。

S|-----------------
S|川端　0857-00-0000
S|-----------------
",
    ),
    (
        "text, device, disclaimer, quote",
        "
F|Could I join online?

S|Sent from my iPhone

D|This e-mail is confidential and intended only for the person it is addressed to.

Q|On Sun, Nov 22, 2026 at 10:00 AM Yamada <a@b.example> wrote:
Q|> The seminar is in Tottori.
",
    ),
    (
        "greeting, quote, question, block",
        "
F|山田様

Q|> 前回の件ですが、窓口は平日のみです。

F|土曜に開いている県はありますか。

S|カワバタ商店　川端
S|〒680-0000 鳥取市
S|TEL 0857-00-0000
",
    ),
    (
        "quoted signature does not end the mail",
        "
Q|> ご検討ください。
Q|> --
Q|> 事務局
Q|> TEL 03-0000-1517

F|検討しました。4名で申し込みます。
",
    ),
    (
        "signature, then forwarded thread with signatures",
        "
F|下の件、どこに相談すればよいですか。

S|川端 一郎
S|株式会社カワバタ
S|TEL 0857-00-0000

Q|差出人: 西尾 <n@c.example>
Q|送信日時: 2026年11月22日 10:00
Q|宛先: 川端 <k@c.example>
Q|件名: 腰痛

Q|家の椅子で腰を痛めました。
Q|━━━━━━━━━━━━
Q|西尾　090-0000-0000
Q|━━━━━━━━━━━━
",
    ),
    (
        "nothing but a signature",
        "
S|-- 
S|川端 一郎
S|TEL 0857-00-0000
",
    ),
    ("one line", "\nF|在宅の日の電気代は出ますか\n"),
    (
        "empty line at the start, text, many empty lines, block",
        "

F|When does it start?



S|Ida Holm
S|Holm Tools K.K.
S|Tel. +81-857-00-0000


",
    ),
    (
        "full-width spaces as empty lines",
        "
F|いつ始まりますか。
F|　
S|カワバタ商店　川端
S|電話 0857-00-0000
F|　
",
    ),
    (
        "disclaimer between signature rulers",
        "
F|いつ始まりますか。

S|==================
S|川端　0857-00-0000
S|==================

D|本メールおよび添付ファイルには秘密情報が含まれることがあります。宛先でない方は破棄してください。
",
    ),
    (
        "old text below an attribution, then its own signature",
        "
F|May I bring a colleague?

Q|On Sunday, November 22, 2026 at 10:00:00 AM GMT+9, Yamada <a@b.example> wrote:

Q| Dear Ms. Holm,
Q| you are registered.
Q| --
Q| Secretariat
Q| 03-0000-1517
",
    ),
    (
        "trailing white space and carriage returns",
        "
F|いつ始まりますか。\r
\r
Q|> 来週です。  \r
",
    ),
];

/// Seen later than the tables above.
const MORE: &[Case] = &[
    (
        "Outlook Express: block, then marks, answers between",
        "
Q|----- Original Message -----
Q|From: \"事務局\" <a@b.example>
Q|To: <k@c.example>
Q|Sent: Sunday, November 22, 2026 10:00 AM
Q|Subject: 確認

Q|> 何名でご参加ですか。
F|2名です。
Q|> お車ですか。
F|電車で参ります。
",
    ),
    (
        "Becky!, the name in quotation marks",
        "
F|別の窓口はありませんか。

Q|On Sun, 22 Nov 2026 10:00:00 +0900
Q|\"事務局\" <a@b.example> wrote:

Q|> 窓口は平日のみです。
",
    ),
    (
        "full-width space before the mark",
        "
F|2名です。
Q|　＞何名ですか。
Q|　＞お車ですか。
",
    ),
    (
        "Dutch",
        "
F|Wat is het nummer?

Q|Op zo 22 nov. 2026 om 10:00 schreef Yamada <a@b.example>:
Q|> Bel het bureau.
",
    ),
    (
        "Polish",
        "
F|Jaki jest numer?

Q|niedz., 22 lis 2026 o 10:00 Yamada <a@b.example> napisał(a):
Q|> Proszę zadzwonić.
",
    ),
    (
        "Russian",
        "
F|Какой номер?

Q|вс, 22 нояб. 2026 г. в 10:00, Yamada <a@b.example>:
Q|> Позвоните в бюро.
",
    ),
    (
        "Thai",
        "
F|ขอหมายเลขโทรศัพท์

Q|ในวันที่ อา. 22 พ.ย. 2026 เวลา 10:00 Yamada <a@b.example> เขียนว่า:
Q|> กรุณาโทร
",
    ),
    (
        "French with a no-break space before the colon",
        "
F|Merci.

Q|Le 22/11/2026 à 10:00, Yamada a écrit\u{a0}:
Q|> Appelez le bureau.
",
    ),
    (
        "T-Online",
        "
F|Danke.

Q|-----Original-Nachricht-----
Q|Betreff: Seminar
Q|Datum: 2026-11-22T10:00:00+0900
Q|Von: Yamada <a@b.example>
Q|An: ida@c.example

Q|Das Seminar ist in Tottori.
",
    ),
    (
        "Gmail forward with a Japanese From",
        "
F|よろしくお願いします。

Q|---------- Forwarded message ---------
Q|差出人： 西尾 <n@c.example>
Q|Date: 2026年11月22日(日) 10:00
Q|Subject: 休憩
Q|To: 川端 <k@c.example>

Q|休憩が取れません。
",
    ),
    (
        "new Outlook in Japanese: 日時",
        "
F|では電話で伺います。何番ですか。

Q|差出人: 事務局 <a@b.example>
Q|日時: 2026年11月22日日曜日 10:00
Q|宛先: 川端 <k@c.example>
Q|件名: Re: 相談

Q|窓口へお電話ください。
",
    ),
    (
        "signature of two parts with a thin ruler between",
        "
F|参加費はかかりますか。

S|====================
S|株式会社カワバタ
S|総務部　川端 一郎
S|--------------------
S|〒680-0000 鳥取市
S|TEL 0857-00-0000
S|====================
",
    ),
    (
        "signature of a sole trader without any contact data, framed",
        "
F|資料の締切はいつですか。

S|☆☆☆☆☆☆☆☆☆☆
S|森労務事務所　森 和子
S|就業規則・36協定の作成
S|労務の無料相談（毎週土曜）：予約制
S|☆☆☆☆☆☆☆☆☆☆
",
    ),
    (
        "ruler of long vowel marks",
        "
F|参加費はかかりますか。

S|ーーーーーーーーーー
S|川端
S|電話 0857-00-0000
S|ーーーーーーーーーー
",
    ),
    (
        "dashes with blanks",
        "
F|Is there a fee?

S|- - - - - - - - - -
S|Ida Holm
S|ida@c.example
",
    ),
    (
        "colons as a ruler",
        "
F|参加費はかかりますか。

S|::::::::::::::::::::
S|川端工務店　TEL 0857-00-0000
S|::::::::::::::::::::
",
    ),
    (
        "a box with sides",
        "
F|参加費はかかりますか。

S|┌─────────┐
S|│川端　　　　　　　│
S|│0857-00-0000　　　│
S|└─────────┘
",
    ),
    (
        "one line with bars",
        "
F|Is there a fee?

S|Ida Holm | HR Manager | Holm Tools K.K. | +81-857-00-0000
",
    ),
    (
        "footer of a notification after two dashes",
        "
F|The seminar page is online.

S|--
S|You are receiving this because you follow this page.
S|Manage your settings online.
",
    ),
    (
        "a form between rulers, contact data in it",
        "
F|お問い合わせがありました。
F|====================
F|お名前：川端 一郎
F|メールアドレス：k@c.example
F|電話番号：0857-00-0000
F|お問い合わせ内容：鳥取の窓口を知りたい
F|====================
",
    ),
    (
        "a table of participants with tabs",
        "
F|次の講座に申し込みます。よろしくお願いします。

F|参加者名簿
F|氏名\t電話
F|川端\t090-0000-0000
F|西尾\t090-0000-0001
",
    ),
    (
        "participants below a heading",
        "
F|Please register us.

F|Participants
F|Ida Holm, ida@c.example
F|Nils Berg, nils@c.example
",
    ),
    (
        "number given in the last line, lower case",
        "
F|can somebody call me about the seminar
F|my number is 080-0000-0000
",
    ),
    (
        "number given in the last line, Japanese",
        "
F|セミナーの件で折り返しお電話をください。

F|電話番号は090-0000-0000
",
    ),
    (
        "dates wished for at the end",
        "
F|窓口の予約をお願いします。

F|希望日
F|2026-12-03 10:00
F|2026-12-04 14:00
",
    ),
    (
        "an old person's letter: address and name",
        "
F|どこへ行けば話を聞いてもらえるでしょうか。

S|〒680-0000
S|鳥取市○○1-2
S|川端 一郎（七十二歳）
",
    ),
    (
        "English letter with the address on top",
        "
F|Holm Tools K.K.
F|1-2-3 Marunouchi, Tottori 680-0000
F|Tel. 0857-00-0000

F|22 November 2026

F|Dear Sir or Madam,
F|is there a desk in Tottori?

F|Yours faithfully,
F|Ida Holm
",
    ),
    (
        "sign-off, name, title, firm, no contact data",
        "
F|Is there a desk in Tottori?

F|Best regards,
F|Ida Holm
F|Human Resources
F|Holm Tools K.K.
",
    ),
    (
        "banner of a mail gateway on top, English",
        "
D|CAUTION: This email originated from outside of the organization. Do not click links.

F|Is there a desk in Tottori?
",
    ),
    (
        "banner of a mail gateway on top, Japanese",
        "
D|【注意】このメールは社外から送信されています。添付ファイルにご注意ください。

F|鳥取に窓口はありますか。
",
    ),
    (
        "Japanese disclaimer, hard-wrapped",
        "
F|鳥取に窓口はありますか。

F|川端

D|この電子メールには、特定の宛先に限り利用されるべき機密性の高い
D|情報が含まれている場合があります。
D|お心当たりのない場合は破棄してください。
",
    ),
    ("Outlook for iOS, newer Japanese wording", "\nF|鳥取に窓口はありますか。\n\nS|iOS 用 Outlook を入手\n"),
    ("Outlook for Android, Japanese", "\nF|鳥取に窓口はありますか。\n\nS|Android 用 Outlook を取得する\n"),
    ("a mobile device", "\nF|Is there a desk?\n\nS|Sent from a mobile device - please excuse any typos.\n"),
    (
        "name, device line, quote",
        "
F|はい、お願いします。
F|川端

S|Androidスマートフォンから送信

Q|2026年11月22日(日) 10:00 山田 <a@b.example>:
Q|> 登録しますか。
",
    ),
    (
        "P.S. below an unruled block",
        "
F|Is there a desk in Tottori?

S|Ida Holm
S|Holm Tools K.K.
S|Tel. +81-857-00-0000

F|PS: Is it open on Saturdays?
",
    ),
    (
        "block with its names in lower case",
        "
F|When?

Q|from: Yamada <a@b.example>
Q|date: 22 Nov 2026 10:00
Q|to: ida@c.example
Q|subject: Seminar

Q|There is a seminar.
",
    ),
    (
        "attribution, then Japanese text without marks",
        "
F|行けなくなりました。

Q|2026年11月22日(日) 10:00 テレワークサポートネットワーク事務局 <a@b.example>:

Q|12月3日のセミナーにご参加いただきありがとうございます。
Q|会場は県民会館です。
",
    ),
    (
        "an agenda with times is the writer's own",
        "
F|説明会を開きたく、次の進行を考えています。
F|13:00 開会:
F|13:10 講演:
F|14:00 質疑:
F|講師の派遣は可能でしょうか。
",
    ),
    (
        "names of header fields asked about",
        "
F|What do I enter in the registration form?
F|Sent: ?
F|Subject: ?
F|It does not accept my date.
",
    ),
];

const TABLES: [(&str, &[Case]); 11] = [
    ("marks", MARKS),
    ("attributions", ATTRIBUTIONS),
    ("blocks", BLOCKS),
    ("forwards", FORWARDS),
    ("ruled signatures", RULED),
    ("unruled signatures", UNRULED),
    ("devices", DEVICES),
    ("disclaimers", DISCLAIMERS),
    ("forms", FORMS),
    ("mixed", MIXED),
    ("more", MORE),
];

/// Zones as lists of lines, without empty ones.
#[derive(Debug, PartialEq, Eq, Default)]
struct Lines {
    fresh: Vec<String>,
    quoted: Vec<String>,
    signature: Vec<String>,
    disclaimer: Vec<String>,
}

fn lines_of(text: &str) -> Vec<String> {
    text.lines().map(str::trim).filter(|l| !l.is_empty()).map(str::to_owned).collect()
}

impl Lines {
    fn found(zones: &Zones) -> Lines {
        Lines {
            fresh: lines_of(&zones.fresh),
            quoted: lines_of(&zones.quoted),
            signature: lines_of(&zones.signature),
            disclaimer: lines_of(&zones.disclaimer),
        }
    }
}

/// The body of a case and the zones its marks say.
fn unmarked(marked: &str) -> (String, Lines) {
    let mut body = String::new();
    let mut expected = Lines::default();
    for line in marked.strip_prefix('\n').unwrap_or(marked).split('\n') {
        let (zone, text) = match line.split_once('|') {
            Some(("F", text)) => (&mut expected.fresh, text),
            Some(("Q", text)) => (&mut expected.quoted, text),
            Some(("S", text)) => (&mut expected.signature, text),
            Some(("D", text)) => (&mut expected.disclaimer, text),
            _ => {
                assert!(line.trim().is_empty(), "no mark before `{line}`");
                body.push_str(line);
                body.push('\n');
                continue;
            }
        };
        if !text.trim().is_empty() {
            zone.push(text.trim().to_owned());
        }
        body.push_str(text);
        body.push('\n');
    }
    (body, expected)
}

/// How many cases of a table are read as marked, with the others described.
fn misread(table: &str, cases: &[Case], read: impl Fn(&str) -> Lines, wrong: &mut Vec<String>) {
    for (name, marked) in cases {
        let (body, expected) = unmarked(marked);
        let found = read(&body);
        if found != expected {
            wrong.push(format!("{table}: {name}\n  expected {expected:?}\n  found    {found:?}"));
        }
    }
}

#[test]
fn every_line_of_every_mail_is_where_it_belongs() {
    let mut wrong = Vec::new();
    for (table, cases) in TABLES {
        misread(table, cases, |body| Lines::found(&zones(body)), &mut wrong);
    }
    let all: usize = TABLES.iter().map(|(_, cases)| cases.len()).sum();
    assert!(all >= 120, "{all} cases");
    assert!(wrong.is_empty(), "{} of {all} cases are misread\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn carriage_returns_change_nothing() {
    let mut wrong = Vec::new();
    for (table, cases) in TABLES {
        misread(
            table,
            cases,
            |body| Lines::found(&zones(&body.replace("\r\n", "\n").replace('\n', "\r\n"))),
            &mut wrong,
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn names_are_unique() {
    for (table, cases) in TABLES {
        let mut names: Vec<&str> = cases.iter().map(|(name, _)| *name).collect();
        names.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "{table}: a name stands twice");
    }
}

/// HTML parts, and where their lines belong.
const HTML: &[(&str, &str, &str)] = &[
    (
        "Gmail reply",
        r#"<div dir="ltr">Where is the desk?</div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">On Sun, Nov 22, 2026 at 10:00 AM Yamada &lt;<a href="mailto:a@b.example">a@b.example</a>&gt; wrote:<br></div><blockquote class="gmail_quote" style="margin:0px 0px 0px 0.8ex;border-left:1px solid rgb(204,204,204);padding-left:1ex"><div>Please ask the desk.</div></blockquote></div>"#,
        "
F|Where is the desk?
Q|On Sun, Nov 22, 2026 at 10:00 AM Yamada <a@b.example> wrote:
Q|Please ask the desk.
",
    ),
    (
        "Gmail reply in Japanese, answer below the quote",
        r#"<div dir="ltr"><div class="gmail_quote"><div dir="ltr" class="gmail_attr">2026年11月22日(日) 10:00 山田 &lt;<a href="mailto:a@b.example">a@b.example</a>&gt;:<br></div><blockquote class="gmail_quote" style="border-left:1px solid #ccc">何名ですか。</blockquote></div><div>2名です。</div></div>"#,
        "
Q|2026年11月22日(日) 10:00 山田 <a@b.example>:
Q|何名ですか。
F|2名です。
",
    ),
    (
        "Gmail forward",
        r#"<div dir="ltr">この件はどちらに伺えばよいですか。<br><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">---------- Forwarded message ---------<br>From: <strong class="gmail_sendername" dir="auto">西尾</strong> <span dir="auto">&lt;<a href="mailto:n@c.example">n@c.example</a>&gt;</span><br>Date: 2026年11月22日(日) 10:00<br>Subject: 残業<br>To: 川端 &lt;<a href="mailto:k@c.example">k@c.example</a>&gt;<br></div><br><br><div dir="ltr">残業代が出ません。</div></div></div>"#,
        "
F|この件はどちらに伺えばよいですか。
Q|---------- Forwarded message ---------
Q|From: 西尾 <n@c.example>
Q|Date: 2026年11月22日(日) 10:00
Q|Subject: 残業
Q|To: 川端 <k@c.example>
Q|残業代が出ません。
",
    ),
    (
        "Gmail signature",
        r#"<div dir="ltr"><div>Where is the desk?</div><div><br></div><span class="gmail_signature_prefix">-- </span><br><div dir="ltr" class="gmail_signature" data-smartmail="gmail_signature"><div dir="ltr">Ida Holm<br>Holm Tools K.K.</div></div></div>"#,
        "
F|Where is the desk?
S|--
S|Ida Holm
S|Holm Tools K.K.
",
    ),
    (
        "Outlook for Windows",
        r#"<html><body lang=JA><div class=WordSection1><p class=MsoNormal>窓口はどこですか。<o:p></o:p></p><p class=MsoNormal><o:p>&nbsp;</o:p></p><div style='border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0mm 0mm 0mm'><p class=MsoNormal><b><span lang=EN-US>From:</span></b><span lang=EN-US> </span>事務局<span lang=EN-US> &lt;a@b.example&gt; <br><b>Sent:</b> Sunday, November 22, 2026 10:00 AM<br><b>To:</b> </span>川端<span lang=EN-US> &lt;k@c.example&gt;<br><b>Subject:</b> </span>案内</p></div><p class=MsoNormal>セミナーを開催します。<o:p></o:p></p></div></body></html>"#,
        "
F|窓口はどこですか。
Q|From: 事務局 <a@b.example>
Q|Sent: Sunday, November 22, 2026 10:00 AM
Q|To: 川端 <k@c.example>
Q|Subject: 案内
Q|セミナーを開催します。
",
    ),
    (
        "Outlook for Windows in Japanese, a paragraph a field",
        r#"<html><body><p class="MsoNormal">窓口はどこですか。</p><div style="border-top:solid #B5C4DF 1.0pt"><p class="MsoNormal"><b>差出人:</b> 事務局</p><p class="MsoNormal"><b>送信日時:</b> 2026年11月22日 10:00</p><p class="MsoNormal"><b>宛先:</b> 川端</p><p class="MsoNormal"><b>件名:</b> 案内</p></div><p class="MsoNormal">セミナーを開催します。</p></body></html>"#,
        "
F|窓口はどこですか。
Q|差出人: 事務局
Q|送信日時: 2026年11月22日 10:00
Q|宛先: 川端
Q|件名: 案内
Q|セミナーを開催します。
",
    ),
    (
        "Outlook on the web",
        r#"<html><body><div>Is it free of charge?</div><div id="appendonsend"></div><hr tabindex="-1" style="display:inline-block; width:98%"><div id="divRplyFwdMsg" dir="ltr"><font face="Calibri, sans-serif"><b>From:</b> Yamada &lt;a@b.example&gt;<br><b>Sent:</b> Sunday, November 22, 2026 10:00 AM<br><b>To:</b> Ida Holm &lt;ida@c.example&gt;<br><b>Subject:</b> Seminar</font><div>&nbsp;</div></div><div>You are invited to the seminar.</div></body></html>"#,
        "
F|Is it free of charge?
Q|From: Yamada <a@b.example>
Q|Sent: Sunday, November 22, 2026 10:00 AM
Q|To: Ida Holm <ida@c.example>
Q|Subject: Seminar
Q|You are invited to the seminar.
",
    ),
    (
        "Outlook for iOS with its line",
        r#"<html><body><div dir="ltr">会場はどこですか。</div><div id="ms-outlook-mobile-signature"><div>Outlook for <a href="https://o.example/ios">iOS</a> を入手</div></div><hr style="display:inline-block;width:98%"><div id="divRplyFwdMsg" dir="ltr"><b>差出人:</b> 事務局 &lt;a@b.example&gt;<br><b>送信日時:</b> 2026年11月22日 10:00<br><b>宛先:</b> 川端 &lt;k@c.example&gt;<br><b>件名:</b> 案内</div><div>セミナーのご案内です。</div></body></html>"#,
        "
F|会場はどこですか。
S|Outlook for iOS を入手
Q|差出人: 事務局 <a@b.example>
Q|送信日時: 2026年11月22日 10:00
Q|宛先: 川端 <k@c.example>
Q|件名: 案内
Q|セミナーのご案内です。
",
    ),
    (
        "Apple Mail",
        r#"<html><body>Thursday is fine.<br><div>Ida<br><blockquote type="cite"><div>On 22 Nov 2026, at 10:00, Yamada &lt;<a href="mailto:a@b.example">a@b.example</a>&gt; wrote:</div><br><div>Is Thursday fine?</div></blockquote></div></body></html>"#,
        "
F|Thursday is fine.
F|Ida
Q|On 22 Nov 2026, at 10:00, Yamada <a@b.example> wrote:
Q|Is Thursday fine?
",
    ),
    (
        "iPhone in Japanese, device line, attribution inside the quote",
        r#"<html><body dir="auto">木曜でお願いします。<br><br><div dir="ltr">iPhoneから送信</div><div dir="ltr"><br><blockquote type="cite">2026/11/22 10:00、山田 &lt;a@b.example&gt;のメール:<br><br></blockquote></div><blockquote type="cite"><div dir="ltr">木曜でよろしいですか。</div></blockquote></body></html>"#,
        "
F|木曜でお願いします。
S|iPhoneから送信
Q|2026/11/22 10:00、山田 <a@b.example>のメール:
Q|木曜でよろしいですか。
",
    ),
    (
        "Thunderbird",
        r#"<html><body><p>Yes, all of us.</p><div class="moz-cite-prefix">On 22/11/2026 10:00, Yamada wrote:<br></div><blockquote type="cite" cite="mid:1@b.example"><p>Will all of you come?</p></blockquote></body></html>"#,
        "
F|Yes, all of us.
Q|On 22/11/2026 10:00, Yamada wrote:
Q|Will all of you come?
",
    ),
    (
        "Thunderbird, answers between two quotes",
        r#"<html><body><blockquote type="cite"><p>When will you arrive?</p></blockquote><p>At ten.</p><blockquote type="cite"><p>By car?</p></blockquote><p>By bus.</p></body></html>"#,
        "
Q|When will you arrive?
F|At ten.
Q|By car?
F|By bus.
",
    ),
    (
        "Yahoo",
        r#"<html><body><div class="yahoo-style-wrap"><div dir="ltr">Is there parking?</div><div><br></div></div><div id="yahoo_quoted_0123" class="yahoo_quoted"><div style="color:#26282a"><div>On Sunday, November 22, 2026 at 10:00:00 AM GMT+9, Yamada &lt;a@b.example&gt; wrote:</div><div><br></div><div><div>The hall is in Tottori.</div></div></div></div></body></html>"#,
        "
F|Is there parking?
Q|On Sunday, November 22, 2026 at 10:00:00 AM GMT+9, Yamada <a@b.example> wrote:
Q|The hall is in Tottori.
",
    ),
    (
        "blockquote used as an indent is the writer's own",
        r#"<div dir="ltr">We have two questions:<blockquote style="margin:0 0 0 40px;border:none;padding:0px"><div>Is lunch a break?</div><div>Who pays for the chair?</div></blockquote>Thank you</div>"#,
        "
F|We have two questions:
F|Is lunch a break?
F|Who pays for the chair?
F|Thank you
",
    ),
    (
        "nested blockquotes",
        r#"<div>OK.</div><blockquote type="cite">third<blockquote type="cite">second<blockquote type="cite">first</blockquote></blockquote></blockquote><div>And the fee?</div>"#,
        "
F|OK.
Q|third
Q|second
Q|first
F|And the fee?
",
    ),
    (
        "a mail that is all quote",
        r#"<blockquote type="cite"><div>Will you come?</div></blockquote>"#,
        "
Q|Will you come?
",
    ),
    (
        "blockquote never closed",
        r#"<div>教えてください。</div><blockquote class="gmail_quote"><div>古いメール</div>"#,
        "
F|教えてください。
Q|古いメール
",
    ),
    (
        "marks typed in HTML",
        r#"<div>2名です。</div><div>&gt; 何名ですか。</div>"#,
        "
F|2名です。
Q|> 何名ですか。
",
    ),
    (
        "Proton",
        r#"<div style="font-family: Arial">Is it in English?</div><div><br></div><div class="protonmail_quote">------- Original Message -------<br>On Sunday, November 22nd, 2026 at 10:00 AM, Yamada &lt;a@b.example&gt; wrote:<br><br><blockquote class="protonmail_quote" type="cite"><div>The seminar is free.</div></blockquote></div>"#,
        "
F|Is it in English?
Q|------- Original Message -------
Q|On Sunday, November 22nd, 2026 at 10:00 AM, Yamada <a@b.example> wrote:
Q|The seminar is free.
",
    ),
    (
        "signature in a table, as offices make them",
        r#"<p>会場はどこですか。</p><p>━━━━━━━━━━</p><table><tr><td>株式会社カワバタ</td></tr><tr><td>TEL 0857-00-0000</td></tr></table><p>━━━━━━━━━━</p>"#,
        "
F|会場はどこですか。
S|━━━━━━━━━━
S|株式会社カワバタ
S|TEL 0857-00-0000
S|━━━━━━━━━━
",
    ),
    (
        "Gmail signature container without its dashes",
        r#"<div dir="ltr"><div>When does it begin?</div><br clear="all"><div dir="ltr" class="gmail_signature" data-smartmail="gmail_signature"><div dir="ltr"><div>Ida Holm</div><div>We make tools that last.</div></div></div></div>"#,
        "
F|When does it begin?
S|Ida Holm
S|We make tools that last.
",
    ),
    (
        "Outlook on the web, signature container and a block in a language unknown here",
        r#"<div class="elementToProof">Mikor kezdődik?</div><div id="Signature"><div>Holm Ida</div></div><div id="appendonsend"></div><hr><div id="divRplyFwdMsg" dir="ltr"><b>Feladó:</b> Yamada<br><b>Elküldve:</b> 2026. november 22.<br><b>Címzett:</b> Ida<br><b>Tárgy:</b> Seminar</div><div>old text</div>"#,
        "
F|Mikor kezdődik?
S|Holm Ida
Q|Feladó: Yamada
Q|Elküldve: 2026. november 22.
Q|Címzett: Ida
Q|Tárgy: Seminar
Q|old text
",
    ),
    (
        "a mail written into the signature container",
        r#"<div id="Signature"><div>セミナーはいつ始まりますか。</div><div>川端</div></div>"#,
        "
F|セミナーはいつ始まりますか。
F|川端
",
    ),
    (
        "preheader that nobody sees, lines in spans and breaks",
        r#"<div style="display:none;max-height:0">hidden words</div><div><span>窓口は</span><span>どこですか。</span><br>川端</div>"#,
        "
F|窓口はどこですか。
F|川端
",
    ),
    (
        "web form as an HTML table",
        r#"<table><tr><th>【お名前】</th><td>川端</td></tr><tr><th>【都道府県】</th><td>鳥取県</td></tr><tr><th>【内容】</th><td>休憩について</td></tr></table>"#,
        "
F|【お名前】 川端
F|【都道府県】 鳥取県
F|【内容】 休憩について
",
    ),
    (
        "Thunderbird forward",
        r#"<p>ご確認ください。</p><div class="moz-forward-container"><br><br>-------- 転送メッセージ --------<table class="moz-email-headers-table"><tr><th>件名: </th><td>残業</td></tr><tr><th>差出人: </th><td>西尾</td></tr></table><br>残業代が出ません。</div>"#,
        "
F|ご確認ください。
Q|-------- 転送メッセージ --------
Q|件名: 残業
Q|差出人: 西尾
Q|残業代が出ません。
",
    ),
];

/// An HTML-only message of a person.
fn html_mail(html: &str) -> Vec<u8> {
    let head = "Return-Path: <k@c.example>\r\nFrom: K <k@c.example>\r\nTo: jimukyoku@teleworksupport.example\r\n\
                Subject: question\r\nMessage-ID: <1@c.example>\r\nMIME-Version: 1.0\r\n\
                Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n";
    format!("{head}{html}\r\n").into_bytes()
}

#[test]
fn containers_of_html_mail_are_seen() {
    let mut wrong = Vec::new();
    for (name, html, marked) in HTML {
        let expected = unmarked(marked).1;
        let read = inquiry::read(&html_mail(html));
        let found = Lines {
            fresh: lines_of(&read.fresh.text),
            quoted: lines_of(&read.quoted.text),
            signature: lines_of(&read.signature.text),
            disclaimer: lines_of(&read.disclaimer.text),
        };
        if found != expected {
            wrong.push(format!("{name}\n  expected {expected:?}\n  found    {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {} are misread\n{}", wrong.len(), HTML.len(), wrong.join("\n"));
}

/// Forms and the fields read from them.
const FIELDS: &[(&str, &[(&str, &str)])] = &[
    (
        "【お名前】 三好\n【都道府県】 愛媛県\n【お問い合わせ内容】\n窓口の予約をしたいです。\n",
        &[("お名前", "三好"), ("都道府県", "愛媛県"), ("お問い合わせ内容", "窓口の予約をしたいです。")],
    ),
    (
        "■会社名：カワバタ\n■ご担当者名：川端\n■都道府県：鳥取県\n■ご質問：残業の数え方\n",
        &[("会社名", "カワバタ"), ("ご担当者名", "川端"), ("都道府県", "鳥取県"), ("ご質問", "残業の数え方")],
    ),
    (
        "お名前: 川端\n住所: 鳥取市\nお問い合わせ内容: 日程\n",
        &[("お名前", "川端"), ("住所", "鳥取市"), ("お問い合わせ内容", "日程")],
    ),
    (
        "Name: Ida Holm\nPrefecture: Tottori\nMessage: Where is the desk?\n",
        &[("Name", "Ida Holm"), ("Prefecture", "Tottori"), ("Message", "Where is the desk?")],
    ),
    (
        "差出人: 川端 <k@c.example>\n題名: 窓口\n\nメッセージ本文:\n鳥取の窓口はどこですか。\n",
        &[("差出人", "川端 <k@c.example>"), ("題名", "窓口"), ("メッセージ本文", "鳥取の窓口はどこですか。")],
    ),
    (
        "・氏　名：川端\n・会社名：カワバタ\n・所在地：鳥取市\n",
        &[("氏　名", "川端"), ("会社名", "カワバタ"), ("所在地", "鳥取市")],
    ),
    ("日時：12月3日\n場所：県民会館\nに参加したいです。\n", &[]),
    ("窓口の場所を教えてください。電話: 平日に掛けます。\n", &[]),
];

#[test]
fn web_forms_are_read_as_fields() {
    for (body, expected) in FIELDS {
        let found = zones(body);
        let fields: Vec<_> =
            found.fields.iter().map(|f| (&found.fresh[f.name.clone()], &found.fresh[f.value.clone()])).collect();
        assert_eq!(&fields, expected, "{body}");
    }
}

/// Lines that are made of the parts that matter to zones.
fn line() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-zA-Zあ-んァ-ン一-九、。？?.,:：@<>＞|〒0-9０-９ 　\t-]{0,30}",
        1 => "\\PC{0,20}",
        1 => prop::sample::select(vec![
            "", "--", "-- ", "----------", "━━━━━━", "==========", "＊＊＊＊＊＊",
            "> 引用", "＞引用", ">> quote", "-----Original Message-----", "From: A <a@b.example>",
            "Sent: Sunday", "To: B", "Subject: C", "差出人: 甲", "送信日時: 2026年11月22日", "宛先: 乙", "件名: 丙",
            "On Sun, Nov 22, 2026 at 10:00 AM A <a@b.example> wrote:", "2026年11月22日(日) 10:00 甲 <a@b.example>:",
            "---------- Forwarded message ---------", "iPhoneから送信", "Sent from my iPhone",
            "TEL 0857-00-0000", "〒680-0000 鳥取市", "This e-mail is confidential.", "よろしくお願いします。",
            "以下、転送します。", "追伸：一つだけ", "\u{F8F0}", "\u{F8F1}", "\u{F8F2}", "\u{F8F3}", "\u{202E}abc", "\u{0}",
        ])
        .prop_map(str::to_owned),
    ]
}

/// Lines of a text as `zones` counts them: without what only it understands.
fn counted(text: &str) -> Vec<String> {
    let plain: String = text.chars().filter(|c| !matches!(*c, '\u{F8F0}'..='\u{F8F3}' | '\r')).collect();
    let mut lines: Vec<String> = plain.split('\n').map(|l| l.trim().to_owned()).filter(|l| !l.is_empty()).collect();
    lines.sort_unstable();
    lines
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn every_line_is_in_exactly_one_zone(lines in prop::collection::vec(line(), 0..40)) {
        let body = lines.join("\n");
        let found = zones(&body);
        let all = [found.fresh, found.quoted, found.signature, found.disclaimer].join("\n");
        prop_assert_eq!(counted(&all), counted(&body));
    }

    #[test]
    fn any_text_is_read(body in "\\PC*", more in prop::collection::vec(any::<char>(), 0..200)) {
        let body = format!("{body}\n{}", more.into_iter().collect::<String>());
        let found = zones(&body);
        let all = [found.fresh, found.quoted, found.signature, found.disclaimer].join("\n");
        prop_assert_eq!(counted(&all), counted(&body));
    }

    #[test]
    fn fields_lie_inside_the_fresh_text(lines in prop::collection::vec(line(), 0..20)) {
        let found = zones(&lines.join("\n"));
        for field in &found.fields {
            prop_assert!(found.fresh.get(field.name.clone()).is_some_and(|name| !name.is_empty()));
            prop_assert!(found.fresh.get(field.value.clone()).is_some());
        }
    }

    #[test]
    fn a_marked_copy_below_changes_nothing_above(lines in prop::collection::vec("[a-zあ-ん、]{1,20}。", 1..8)) {
        let fresh = lines.join("\n");
        let copy: String = lines.iter().map(|l| format!("> {l}\n")).collect();
        let found = zones(&format!("{fresh}\n\n{copy}"));
        prop_assert_eq!(&found.fresh, &fresh);
        prop_assert_eq!(found.quoted.lines().count(), lines.len());
    }
}

#[test]
fn a_million_characters_of_markup_take_bounded_time() {
    let units = [
        "<",
        "<a",
        "<a@",
        "<a \"",
        "<a '>",
        "<!--",
        "<!",
        "</",
        "<div>",
        "<div ",
        "<blockquote>",
        "</div>",
        "&",
        "&amp;",
        "&#",
        "<p>a",
        "<br>",
        "<style>",
        "<style></style>",
        "<div style=display:none>",
        "<pre>\n",
        "<td>x",
        "a > b ",
    ];
    for unit in units {
        for end in ["", "-->"] {
            let html = unit.repeat(1_000_000 / unit.len()) + end;
            let begin = Instant::now();
            inquiry::read(&html_mail(&html));
            let took = begin.elapsed();
            assert!(took < Duration::from_secs(60), "{unit:?} … {end:?} took {took:?}");
        }
    }
}

/// A million characters in shapes that a careless reader walks again and again.
#[test]
fn a_million_characters_take_bounded_time() {
    let fill = |unit: &str| unit.repeat(1_000_000 / unit.chars().count());
    let shapes = [
        fill("あ"),
        fill("a"),
        fill(" "),
        fill("\n"),
        fill("> "),
        fill(">\n"),
        fill("-\n"),
        fill("----------\n"),
        fill("━━━━━━\n"),
        fill(":\n"),
        fill("On Sun wrote\n"),
        fill("On Sun, Nov 22, 2026 at 10:00 AM A <a@b.example> wrote:\n"),
        fill("2026年11月22日(日) 10:00 山田 <a@b.example>:\n\n"),
        fill("差出人: 甲\n"),
        fill("From: A\nTo: B\n\n"),
        fill("TEL 0857-00-0000\n"),
        fill("TEL 0857-00-0000\n----------\n"),
        fill("This e-mail is confidential\n"),
        fill("【お名前】 甲\n"),
        fill("お名前: "),
        fill("以下、転送\n"),
        fill("> a\nb\n"),
        fill("\u{F8F0}\n"),
        fill("a\u{F8F0}b\u{F8F1}\n"),
        fill("〒680-0000 "),
        fill("1-"),
        fill("@."),
        fill("x\n\n"),
    ];
    for shape in &shapes {
        let begin = Instant::now();
        let found = zones(shape);
        let took = begin.elapsed();
        let name: String = shape.chars().take(24).collect();
        // Generous: a test build on a busy machine. What is quadratic takes minutes.
        assert!(took < Duration::from_secs(60), "{name:?} took {took:?}");
        let kept = found.fresh.len() + found.quoted.len() + found.signature.len() + found.disclaimer.len();
        assert!(kept <= shape.len() + 4, "{name:?} grew");
    }
}
