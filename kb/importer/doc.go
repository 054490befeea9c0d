// Package importer reads and writes knowledge bases as tables: CSV as Excel
// and WPS save it, and JSON Lines.
//
// Reading never stops at a bad row: it is reported with its line, field, code
// and a sentence in Chinese, and the next row is read. Columns are known by
// their Chinese or English names, in any order:
//
//	编号 id            optional; a row without one replaces the article with the same question
//	问题 标题 question  required
//	相似问 similar      several in a cell: one a line, or divided by | or ；
//	相似问1 相似问2 …    one each
//	答案 answer         required; Markdown
//	分类 category
//	生效时间 valid_from  2026-11-01, 2026/11/1 8:00, 2026年11月1日 or RFC 3339
//	失效时间 valid_until  as above; a date without a time includes that day
//
// Text is UTF-8 with or without a byte order mark, UTF-16 with one, or else
// GB18030. A cell that a spreadsheet could take for a formula is written with
// an apostrophe before it, which reading takes away again.
package importer
