package entity

import "testing"

func TestNumerals(t *testing.T) {
	for _, c := range []struct {
		text  string
		want  float64
		taken string // empty: all of text
	}{
		{"3", 3, ""}, {"59.9", 59.9, ""}, {"1,299", 1299, ""}, {"1,299.50", 1299.5, ""}, {"1,29", 1, "1"}, {"007", 7, ""},
		{"十", 10, ""}, {"十五", 15, ""}, {"二十", 20, ""}, {"二十一", 21, ""}, {"一百", 100, ""}, {"一百二", 120, ""},
		{"一百二十", 120, ""}, {"一百零二", 102, ""}, {"一百一十五", 115, ""}, {"一百十五", 115, ""}, {"三千五", 3500, ""}, {"三千零五", 3005, ""},
		{"三千零五十", 3050, ""}, {"三千五百二十一", 3521, ""}, {"两万", 20000, ""}, {"两万三", 23000, ""}, {"两万零三", 20003, ""},
		{"一万二千三百四十五", 12345, ""}, {"十二万", 120000, ""}, {"一亿", 1e8, ""}, {"一亿两千万", 1.2e8, ""}, {"一千万", 1e7, ""},
		{"3千5", 3500, ""}, {"1万2", 12000, ""}, {"1.5万", 15000, ""}, {"2万5千", 25000, ""}, {"3百", 300, ""},
		{"半", 0.5, ""}, {"两", 2, ""}, {"两三百", 200, ""}, {"一两千", 1000, ""}, {"三四", 3, ""}, {"二零二六", 2026, ""}, {"二〇二六", 2026, ""},
		{"壹仟贰佰", 1200, ""}, {"伍拾", 50, ""}, {"一百零", 100, "一百"}, {"三个", 3, "三"}, {"十分", 10, "十"}, {"三两", 3, "三"},
		{"貳佰", 200, ""}, {"兩萬", 20000, ""}, {"１２", 12, ""}, {"12.", 12, "12"}, {"1.2.3", 1.2, "1.2"},
	} {
		m := newMessage(c.text)
		if len(m.numbers) == 0 {
			t.Errorf("%s: no numeral, want %v", c.text, c.want)
			continue
		}
		taken := c.taken
		if taken == "" {
			taken = c.text
		}
		n := m.numbers[0]
		if got := string(m.orig[n.start:n.end]); n.value != c.want || got != taken {
			t.Errorf("%s: %v from %q, want %v from %q", c.text, n.value, got, c.want, taken)
		}
	}
}

func TestNoNumerals(t *testing.T) {
	for _, text := range []string{"", "百", "千万", "万", "零", "iphone15", "v1.2", "A4", "123456789012345678901234567890", "好"} {
		if m := newMessage(text); len(m.numbers) > 0 {
			t.Errorf("%q: read the numeral %+v", text, m.numbers[0])
		}
	}
}

func TestNumeralForms(t *testing.T) {
	for _, c := range []struct {
		text                  string
		loose, about, decimal bool
		sequence              int
	}{
		{text: "一百二", loose: true},
		{text: "一百二十"},
		{text: "两三百", about: true},
		{text: "三四", about: true, sequence: 2},
		{text: "二零二六", sequence: 4},
		{text: "59.9", decimal: true},
	} {
		n := newMessage(c.text).numbers[0]
		if n.loose != c.loose || n.about != c.about || n.decimal != c.decimal || n.sequence != c.sequence {
			t.Errorf("%s: %+v", c.text, n)
		}
	}
}

func BenchmarkNumerals(b *testing.B) {
	for b.Loop() {
		newMessage("一万二千三百四十五块和1,299.50元")
	}
}
