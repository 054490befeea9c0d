package textfile

import "sync"

// everydayHan are characters that any Chinese text is full of, and those of
// shops, simplified and traditional.
const everydayHan = "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实日军者意无力它与长把机十民第公此已工使情明性知全三又关点正业外将两高间由问很最重并物手应战向头文体政美相见被利什二等产或新己制身果加西斯月话合回特代内信表化老给世位次度门任常先海通教儿原东声提立及比员解水名真论处走义各入几口认条平系气题活尔更别打女变四神总何电数安少报才结反受目太量再感建务做接必场件计管期市直德资命山金指克许统区保至队形社便空决治展马科司五基眼书非则听白却界达光放强即像难且权思王象完设式色路记南品住告类求据程北边死张该交规万取拉格望觉术领共确传师观清今切院让识候带导争运" +
	"這個們來為國說時會對於著過發後裡種經麼學現當沒動還進樣實軍無與長機關點業將兩間問應戰頭體見產從給門員兒東聲論處義幾認條係系氣題爾變總電數報結務場計資許統區隊決書則聽卻達強難權設記據類邊張該規萬覺術領確傳師觀讓識帶導爭運" +
	"您请吗呢吧啊亲谢退货换款快递单订购买卖付包邮费发票价格优惠券尺码颜客服店铺商品质量联系修改址答案复相似效渠签状态阈图片链附编号标准扩展单位账户登录密码会员积售签收查询仓库支宝微信银卡保险赔偿坏错漏寄件配送单词" +
	"請嗎親謝貨換遞單訂購買賣費發票價優顏鋪質聯復覆狀態閾圖鏈編號標準擴單帳賬戶錄碼員積簽詢倉庫寶銀險賠償壞錯漏" +
	"，。、；：？！“”「」（）《》"

var everydaySet = sync.OnceValue(func() map[rune]bool {
	set := map[rune]bool{}
	for _, r := range everydayHan {
		set[r] = true
	}
	return set
})

// everyday is the share of everyday characters among those beyond ASCII; 0
// without any. It reads at most the first 20 000 characters.
func everyday(text string) float64 {
	set := everydaySet()
	known, all, n := 0, 0, 0
	for _, r := range text {
		if n++; n > 20000 {
			break
		}
		if r < 0x80 {
			continue
		}
		all++
		if set[r] {
			known++
		}
	}
	if all == 0 {
		return 0
	}
	return float64(known) / float64(all)
}
