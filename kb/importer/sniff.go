package importer

import (
	"bytes"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/internal/textfile"
)

// Format is a file format.
type Format string

// The formats.
const (
	Auto     Format = "auto" // guessed; so is ""
	CSV      Format = "csv"
	TSV      Format = "tsv"
	JSONL    Format = "jsonl"
	JSON     Format = "json" // an array of the objects of JSONL
	XLSX     Format = "xlsx" // and .xlsm, without its macros
	Markdown Format = "md"
	Rasa     Format = "rasa" // YAML
	HTML     Format = "html"
)

// Formats are those that can be read and written.
func Formats() []Format { return []Format{XLSX, CSV, TSV, JSONL, JSON, Markdown, Rasa, HTML} }

func (f Format) readable() bool { return f == "" || f == Auto || slices.Contains(Formats(), f) }

func formatList() string {
	var out []string
	for _, f := range Formats() {
		out = append(out, string(f))
	}
	return strings.Join(out, "、")
}

// MIME is the media type of a file of the format; Ending its ending, with the dot.
func (f Format) MIME() string {
	return map[Format]string{
		CSV: "text/csv; charset=utf-8", TSV: "text/tab-separated-values; charset=utf-8", JSONL: "application/jsonl", JSON: "application/json",
		XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", Markdown: "text/markdown; charset=utf-8", Rasa: "application/yaml", HTML: "text/html; charset=utf-8",
	}[f]
}

// Ending is the ending of a file's name, with the dot.
func (f Format) Ending() string {
	if f == Rasa {
		return ".yml"
	}
	return "." + string(f)
}

// endings of file names that leave no doubt about a text.
var endings = map[string]Format{
	".csv": CSV, ".tsv": TSV, ".tab": TSV, ".jsonl": JSONL, ".ndjson": JSONL, ".json": JSON, ".md": Markdown, ".markdown": Markdown,
	".yml": Rasa, ".yaml": Rasa, ".html": HTML, ".htm": HTML,
}

var (
	oldOffice = []byte{0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1}
	encrypted = []byte("E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00")
	page      = regexp.MustCompile(`(?is)^\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|meta|body|table|dl|details|div|style|section|h[1-6])\b`)
	rasaKey   = regexp.MustCompile(`(?m)^(?:nlu|responses)\s*:`)
	mdHeading = regexp.MustCompile(`(?m)^#{1,6}[ \t]+\S`)
)

// sniff finds out what a file is: its content first, then what the sender
// says, then its name.
func (t *table) sniff(data []byte, given Format, name string) (Format, error) {
	switch {
	case bytes.HasPrefix(data, []byte("PK\x03\x04")) || bytes.HasPrefix(data, []byte("PK\x05\x06")):
		return XLSX, nil
	case bytes.HasPrefix(data, oldOffice) && bytes.Contains(data, encrypted):
		return "", fault.New(fault.Unsupported, "文件有打开密码：请在 Excel 或 WPS 里去掉密码（文件 → 信息 → 保护工作簿），另存后再上传")
	case bytes.HasPrefix(data, oldOffice):
		return "", fault.New(fault.Unsupported, "这是旧格式的文件（.xls、.et、.wps 或 .doc）：请在 Excel 或 WPS 里打开，另存为 .xlsx 后再上传")
	case bytes.HasPrefix(data, []byte("%PDF")):
		return "", fault.New(fault.Unsupported, "不能导入 PDF：请把问题和答案整理成表格（可以下载模板）后再上传")
	case bytes.HasPrefix(data, []byte("Rar!")) || bytes.HasPrefix(data, []byte("7z\xBC\xAF")) || bytes.HasPrefix(data, []byte{0x1F, 0x8B}):
		return "", fault.New(fault.Unsupported, "这是压缩包：请解压后逐个上传里面的文件")
	}
	if given == Auto {
		given = ""
	}
	text := opening(data)
	first := strings.TrimSpace(text)
	looksJSON := strings.HasPrefix(first, "{") || strings.HasPrefix(first, "[{") || strings.HasPrefix(first, "[") && given == JSON
	switch {
	case page.MatchString(text):
		if given != Markdown {
			return HTML, nil
		}
	case given == XLSX || given == "":
	default:
		return given, nil
	}
	byName := endings[strings.ToLower(path.Ext(name))]
	switch {
	case looksJSON && byName != Markdown:
		if strings.HasPrefix(first, "{") {
			return JSONL, nil
		}
		return JSON, nil
	case byName != "" && byName != JSON:
		return byName, nil
	case strings.HasPrefix(first, "["):
		return JSON, nil
	case t.tabular(text):
		return CSV, nil
	case rasaKey.MatchString(text):
		return Rasa, nil
	case mdHeading.MatchString(text) || given == Markdown || strings.HasPrefix(first, "---\n"):
		return Markdown, nil
	}
	return CSV, nil
}

// tabular reports whether one of the first lines is the heading of a table.
func (t *table) tabular(text string) bool {
	n := 0
	for line := range strings.Lines(text) {
		if n++; n > headingRows {
			break
		}
		for _, comma := range []string{",", "\t", ";", "|"} {
			if cells := strings.Split(strings.TrimRight(line, "\r\n"), comma); len(cells) > 1 && t.columns(unquoted(cells)) != nil {
				return true
			}
		}
	}
	return false
}

func unquoted(cells []string) []string {
	out := make([]string, len(cells))
	for i, c := range cells {
		out[i] = strings.Trim(c, `"`)
	}
	return out
}

// opening is the beginning of a text file; "" when it is in no known encoding.
func opening(data []byte) string {
	const enough = 64 << 10
	if len(data) > enough {
		cut := enough
		if i := bytes.LastIndexByte(data[:cut], '\n'); i > 0 {
			cut = i + 1
		}
		if bytes.IndexByte(data[:cut], 0) >= 0 && cut%2 != 0 {
			cut++ // UTF-16
		}
		data = data[:cut]
	}
	text, _, err := textfile.Detect(data)
	if err != nil {
		return ""
	}
	return text
}
