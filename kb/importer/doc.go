// Package importer reads and writes knowledge bases in the files that shops
// have: workbooks, CSV and TSV in any of the usual encodings, JSON, Markdown,
// Rasa's YAML and web pages.
//
// Reading never stops at a bad row: it is reported with its sheet, line, field,
// code, what is wrong and how to mend it, in Chinese, and the next row is read.
// What was read is a Table; nothing is stored here. Reading is bounded in
// bytes, rows, and what a file unpacks to.
//
// Tables have a heading in one of their first rows. Columns are known by many
// Chinese and English names, in any order, or by a mapping that the user gives
// (Options.Mapping; Headings shows what to map):
//
//	编号 id             optional; a row without one replaces the article with the same question
//	问题 标题 question   required
//	相似问 similar       several in a cell: one a line, divided by | or ；, or numbered
//	相似问1 相似问2 …     one each
//	答案 answer          required; Markdown
//	分类 category        levels divided by /, or in 一级分类 二级分类 …
//	生效时间 valid_from   2026-11-01, 2026/11/1 8:00, 2026年11月1日, RFC 3339 or a spreadsheet's number
//	失效时间 valid_until   as above; a date without a time includes that day
//	渠道 客户标签         whom the row's answer is for; it becomes a variant of the article
//	阈值 负责人 状态       threshold, owner, review; rows switched off are left out
//	图片 链接 附件         addresses, each with a title before it
//	富内容 变体           JSON, as Write writes it
//
// A row goes on with the article above it when it has the same question or 编号
// and says nothing else, when its question is empty, or when its answer's cell
// is merged with the one above: what it asks is then another wording.
//
// In the other formats a heading, a term or an intent is the question and what
// belongs to it the answer; see Write for what each can carry. A cell that a
// spreadsheet could take for a formula is written with an apostrophe before
// it, which reading takes away again.
package importer
