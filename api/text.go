package api

import (
	"context"
	"net/http"
	"regexp"
	"strings"
	"unicode"

	"github.com/yingda/yingda/internal/fault"
)

// lang is a language of messages: Chinese unless the client prefers English.
type lang string

const (
	chinese lang = "zh"
	english lang = "en"
)

type langKey struct{}

func withLang(ctx context.Context, l lang) context.Context {
	return context.WithValue(ctx, langKey{}, l)
}

func langOf(ctx context.Context) lang {
	if l, ok := ctx.Value(langKey{}).(lang); ok {
		return l
	}
	return chinese
}

// preferred reads Accept-Language: the first of Chinese and English in it
// counts; browsers list the better one first.
func preferred(r *http.Request) lang {
	for part := range strings.SplitSeq(r.Header.Get("Accept-Language"), ",") {
		tag, _, _ := strings.Cut(strings.TrimSpace(part), ";")
		switch primary, _, _ := strings.Cut(strings.ToLower(tag), "-"); primary {
		case "zh":
			return chinese
		case "en":
			return english
		}
	}
	return chinese
}

// words is a text in both languages.
type words struct{ zh, en string }

func (w words) in(l lang) string {
	if l == english {
		return w.en
	}
	return w.zh
}

// explanations say what a code means, for messages that were written in the
// other language.
var explanations = map[fault.Code]words{
	fault.Invalid:         {"请求内容有误", "The request is not valid"},
	fault.Unauthenticated: {"身份验证失败，请检查密钥或重新登录", "Authentication failed: check the key or log in again"},
	fault.Forbidden:       {"没有权限执行此操作", "This is not permitted"},
	fault.NotFound:        {"找不到请求的内容", "There is no such thing"},
	fault.Conflict:        {"内容已发生变化，请刷新后重试", "The state has changed: read it again and retry"},
	fault.TooLarge:        {"请求内容过大", "The request is too large"},
	fault.RateLimited:     {"请求过于频繁，请稍后再试", "Too many requests: wait and retry"},
	fault.Busy:            {"服务繁忙，请稍后再试", "The service is busy: wait and retry"},
	fault.Unavailable:     {"服务暂时不可用，请稍后再试", "The service is unavailable for now: retry later"},
	fault.Timeout:         {"处理超时，请重试", "The request took too long: retry"},
	fault.Unsupported:     {"不支持此操作", "This is not supported"},
	fault.Internal:        {"服务内部错误，请把错误编号告诉管理员", "Internal error: tell the operator the error's id"},
}

// detail is message in the client's language: the message itself where it is
// written in it, else what its code means, with the message behind it.
func detail(l lang, code fault.Code, message string) string {
	if message == "" {
		return explanations[code].in(l)
	}
	if hasHan := strings.ContainsFunc(message, func(r rune) bool { return unicode.Is(unicode.Han, r) }); hasHan == (l == chinese) {
		return message
	}
	if l == english {
		return explanations[code].en + " (" + message + ")"
	}
	return explanations[code].zh + "（" + message + "）"
}

// validations translate what huma says of a field.
var validations = []struct {
	pattern *regexp.Regexp
	zh      string
}{
	{regexp.MustCompile(`^expected required property (\S+) to be present$`), "缺少字段 $1"},
	{regexp.MustCompile(`^unexpected property$`), "没有这个字段"},
	{regexp.MustCompile(`^required (\S+) parameter is missing$`), "缺少参数（$1）"},
	{regexp.MustCompile(`^expected string$`), "应为字符串"},
	{regexp.MustCompile(`^expected (?:number|integer)$`), "应为数字"},
	{regexp.MustCompile(`^expected boolean$`), "应为 true 或 false"},
	{regexp.MustCompile(`^expected array$`), "应为数组"},
	{regexp.MustCompile(`^expected object$`), "应为对象"},
	{regexp.MustCompile(`^expected length <= (\d+)$`), "最多 $1 个字符"},
	{regexp.MustCompile(`^expected length >= (\d+)$`), "至少 $1 个字符"},
	{regexp.MustCompile(`^expected array length <= (\d+)$`), "最多 $1 项"},
	{regexp.MustCompile(`^expected array length >= (\d+)$`), "至少 $1 项"},
	{regexp.MustCompile(`^expected object with at most (\d+) properties$`), "最多 $1 个字段"},
	{regexp.MustCompile(`^expected number <= (\S+)$`), "不能大于 $1"},
	{regexp.MustCompile(`^expected number >= (\S+)$`), "不能小于 $1"},
	{regexp.MustCompile(`^expected value to be one of "(.*)"$`), "只能是 $1 之一"},
	{regexp.MustCompile(`^expected string to be RFC 3339 date-time$`), "应为 RFC 3339 时间，如 2026-03-01T12:00:00+08:00"},
	{regexp.MustCompile(`^invalid (?:integer|float|boolean|value)$`), "格式不正确"},
}

// fieldMessage is huma's message about a field in the client's language.
func fieldMessage(l lang, message string) string {
	if l == english {
		return message
	}
	for _, v := range validations {
		if v.pattern.MatchString(message) {
			return v.pattern.ReplaceAllString(message, v.zh)
		}
	}
	return message
}
