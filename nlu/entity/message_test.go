package entity

import "testing"

func TestFoldRune(t *testing.T) {
	table := simplified()
	for from, want := range map[rune]rune{
		'A': 'a', 'z': 'z', 'Ａ': 'a', '９': '9', '￥': '¥', '—': '-', '–': '-', '✕': '×', '〜': '~', '〇': '零', '兩': '两', '\t': ' ', '\n': '\n',
		0x3000: ' ', 0xA0: ' ', '件': '件', '😂': '😂', 0xFFFD: 0xFFFD, '。': '。', '，': ',',
	} {
		if got := foldRune(from, table); got != want {
			t.Errorf("foldRune(%q) = %q, want %q", from, got, want)
		}
	}
}

func TestMessageLookups(t *testing.T) {
	m := newMessage("订单号：12，谢谢")
	if !m.has(0, "订单") || m.has(-1, "订") || m.has(7, "谢谢你") || m.has(99, "谢") {
		t.Error("has finds the wrong words")
	}
	if n := m.hasAny(0, "订单号", "订单"); n != 3 {
		t.Errorf("hasAny = %d, want the first of the list", n)
	}
	if n := m.endsWith(3, "单号", "号"); n != 2 {
		t.Errorf("endsWith = %d, want 2", n)
	}
	if m.at(-1) != 0 || m.at(100) != 0 {
		t.Error("at outside the text is not 0")
	}
	if v, end := m.digitsFrom(4, 1); v != 1 || end != 5 {
		t.Errorf("digitsFrom stops at %d with %d, want one digit", end, v)
	}
	if m.back(4, ":号") != 2 || m.skip(3, ":12") != 6 {
		t.Error("back or skip stop at the wrong place")
	}
}

func TestWhole(t *testing.T) {
	for text, want := range map[string]bool{
		"1234": true, "  1234 。": true, "1234吧": true, "我1234": false, "1234件": false, "亲，1234呢？": true, "(1234)": true,
	} {
		m := newMessage(text)
		n := m.numbers[0]
		if got := m.whole(n.start, n.end); got != want {
			t.Errorf("whole in %q = %v, want %v", text, got, want)
		}
	}
}

func TestNamesTakeTheLongest(t *testing.T) {
	n := names[int]{}
	n.add("双十", 1)
	n.add("双十一", 2)
	n.add("双", 3)
	n.sort()
	for text, want := range map[string]int{"双十一": 2, "双十二": 1, "双二": 3} {
		if got, _, ok := n.longest([]rune(text), 0); !ok || got != want {
			t.Errorf("longest in %s = %d, want %d", text, got, want)
		}
	}
	if _, end, ok := n.longest([]rune("一双"), 0); ok || end != 0 {
		t.Error("a name was found where none begins")
	}
}
