package desk

import "testing"

func TestGreeted(t *testing.T) {
	for in, want := range map[string]string{
		"付款后 48 小时内发出。":  "您好，付款后 48 小时内发出。",
		"· 质量问题\n· 尺码不合": "您好：\n· 质量问题\n· 尺码不合",
		"1. 打开订单\n2. 申请": "您好：\n1. 打开订单\n2. 申请",
	} {
		if got := greeted(in); got != want {
			t.Errorf("%q is greeted as %q, want %q", in, got, want)
		}
	}
}
