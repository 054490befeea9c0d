// Package xlsx reads and writes the tables of Office Open XML workbooks
// (ECMA-376, what Excel, WPS and the others call .xlsx), and nothing else of
// them: the values of cells, which are merged, and where links lead.
//
// A workbook comes from strangers. Its directory is checked before anything is
// unpacked, no part is unpacked beyond what the directory says, and sheets are
// read row by row; only the texts that cells share are held in memory.
package xlsx

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"path"
	"strings"

	"github.com/yingda/yingda/internal/fault"
)

// The limits of a workbook.
const (
	maxParts    = 10000
	maxUnpacked = 600 << 20 // bytes of the parts that are read
	maxRatio    = 400       // of unpacked to packed, beyond the first smallPart bytes
	smallPart   = 16 << 20
	maxShared   = 128 << 20 // bytes of shared texts
	maxTexts    = 4 << 20   // shared texts
	maxSmall    = 32 << 20  // bytes of the parts that are read at once
	maxColumns  = 256
)

// Info describes a sheet.
type Info struct {
	Name string
	// Hidden sheets are not shown by the office program.
	Hidden bool
	part   string
}

// Book is a workbook that was opened. It may be used by one goroutine at a time.
type Book struct {
	Sheets []Info
	// Macros tells that the workbook has macros; they are never looked at.
	Macros bool

	parts    map[string]*zip.File
	texts    []string // shared
	formats  []format // of cells, by style
	from1904 bool
}

// Open reads what a workbook consists of. data is not copied and must not
// change. A file that is cut off, no workbook or protected by a password is
// fault.Invalid or fault.Unsupported, one that unpacks to more than a workbook
// of a shop has is fault.TooLarge.
func Open(data []byte) (*Book, error) {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "文件不完整或已损坏：请重新下载或重新保存后再上传")
	}
	b := &Book{parts: map[string]*zip.File{}}
	if len(z.File) > maxParts {
		return nil, fault.New(fault.TooLarge, "文件里的部件太多（%d 个），不像是普通的表格", len(z.File))
	}
	for _, f := range z.File {
		name := strings.ToLower(strings.TrimPrefix(strings.ReplaceAll(f.Name, `\`, "/"), "/"))
		if f.Flags&1 != 0 {
			return nil, fault.New(fault.Unsupported, "文件有密码：请去掉密码，另存后再上传")
		}
		b.parts[name] = f
		b.Macros = b.Macros || path.Base(name) == "vbaproject.bin"
	}
	if err := b.weigh(); err != nil {
		return nil, err
	}
	book, err := b.office()
	if err != nil {
		return nil, err
	}
	return b, b.load(book)
}

// weigh refuses bombs by what the directory says.
func (b *Book) weigh() error {
	var all uint64
	for name, f := range b.parts {
		if !strings.HasSuffix(name, ".xml") && !strings.HasSuffix(name, ".rels") {
			continue // pictures and the like are not unpacked
		}
		all += f.UncompressedSize64
		if f.UncompressedSize64 > smallPart && f.UncompressedSize64/maxRatio > f.CompressedSize64 || all > maxUnpacked {
			return fault.New(fault.TooLarge, "文件解压后过大（像是压缩炸弹），没有读取：如果是正常的表格，请删除多余的空行空列，或拆成几个文件")
		}
	}
	return nil
}

// office finds the workbook's main part.
func (b *Book) office() (string, error) {
	rels, err := b.relations("")
	if err != nil {
		return "", err
	}
	for _, r := range rels {
		if path.Base(r.Type) == "officeDocument" {
			if name := resolve("", r.Target); strings.HasPrefix(name, "xl/") || b.parts["xl/workbook.xml"] == nil {
				switch {
				case strings.HasPrefix(name, "word/"):
					return "", fault.New(fault.Unsupported, "这是 Word 文件：请把问题和答案复制到表格里（可以下载模板），存成 .xlsx 后再上传")
				case strings.HasPrefix(name, "ppt/"):
					return "", fault.New(fault.Unsupported, "这是演示文稿：请把问题和答案整理到表格里（可以下载模板）后再上传")
				}
				return name, nil
			}
		}
	}
	switch {
	case b.parts["xl/workbook.xml"] != nil:
		return "xl/workbook.xml", nil
	case b.parts["xl/workbook.bin"] != nil:
		return "", fault.New(fault.Unsupported, "这是 .xlsb 文件：请另存为 .xlsx 后再上传")
	case b.parts["content.xml"] != nil:
		return "", fault.New(fault.Unsupported, "这是 .ods 文件：请另存为 .xlsx 后再上传")
	}
	return "", fault.New(fault.Unsupported, "这是压缩包，不是表格：请解压后逐个上传里面的文件")
}

// load reads the list of sheets and what they share.
func (b *Book) load(book string) error {
	var w struct {
		Properties struct {
			From1904 string `xml:"date1904,attr"`
		} `xml:"workbookPr"`
		Sheets []struct {
			Name  string     `xml:"name,attr"`
			State string     `xml:"state,attr"`
			Attrs []xml.Attr `xml:",any,attr"`
		} `xml:"sheets>sheet"`
	}
	if err := b.small(book, &w); err != nil {
		return err
	}
	b.from1904 = w.Properties.From1904 == "1" || w.Properties.From1904 == "true"
	rels, err := b.relations(book)
	if err != nil {
		return err
	}
	parts := map[string]string{}
	for _, r := range rels {
		switch path.Base(r.Type) {
		case "worksheet":
			parts[r.ID] = resolve(book, r.Target)
		case "sharedStrings":
			err = errors.Join(err, b.shared(resolve(book, r.Target)))
		case "styles":
			err = errors.Join(err, b.styles(resolve(book, r.Target)))
		}
	}
	for _, s := range w.Sheets {
		for _, a := range s.Attrs {
			if a.Name.Local == "id" && parts[a.Value] != "" {
				b.Sheets = append(b.Sheets, Info{s.Name, s.State == "hidden" || s.State == "veryHidden", parts[a.Value]})
			}
		}
	}
	if err == nil && len(b.Sheets) == 0 {
		err = fault.New(fault.Invalid, "文件里没有工作表")
	}
	return err
}

type relation struct {
	ID     string `xml:"Id,attr"`
	Type   string `xml:"Type,attr"`
	Target string `xml:"Target,attr"`
}

// relations reads what belongs to a part, "" the whole file; nil without any.
func (b *Book) relations(part string) ([]relation, error) {
	name := path.Join(path.Dir(part), "_rels", path.Base(part)+".rels")
	if part == "" {
		name = "_rels/.rels"
	}
	if b.parts[strings.ToLower(name)] == nil {
		return nil, nil
	}
	var r struct {
		List []relation `xml:"Relationship"`
	}
	err := b.small(name, &r)
	return r.List, err
}

// resolve is the name of a part that another names.
func resolve(from, target string) string {
	if strings.HasPrefix(target, "/") {
		return strings.ToLower(strings.TrimPrefix(path.Clean(target), "/"))
	}
	return strings.ToLower(path.Join(path.Dir(from), target))
}

// small decodes a part that is read at once.
func (b *Book) small(name string, into any) error {
	r, err := b.open(name)
	if err != nil {
		return err
	}
	defer r.Close() //nolint:errcheck // reading only
	return damaged(xml.NewDecoder(io.LimitReader(r, maxSmall)).Decode(into))
}

// open unpacks a part, no further than the directory says.
func (b *Book) open(name string) (io.ReadCloser, error) {
	f := b.parts[strings.ToLower(name)]
	if f == nil {
		return nil, fault.New(fault.Invalid, "文件已损坏：缺少 %s", path.Base(name))
	}
	r, err := f.Open()
	if err != nil {
		return nil, damaged(err)
	}
	return struct {
		io.Reader
		io.Closer
	}{io.LimitReader(r, int64(min(f.UncompressedSize64, maxUnpacked))+1), r}, nil //nolint:gosec // bounded; one more, so that the checksum is compared
}

// damaged is what a fault in the bytes becomes; nil for nil.
func damaged(err error) error {
	if err == nil || fault.CodeOf(err) != fault.Internal {
		return err
	}
	return fault.Wrap(err, fault.Invalid, "文件已损坏，读不出来：请在 Excel 或 WPS 里打开，另存为 .xlsx 后再上传")
}
