import { DeleteOutlined, PlusOutlined } from "@ant-design/icons";
import { Button, Input } from "antd";
import type { ReactNode } from "react";
import type { Attachment } from "../../shared/types";
import { useConsole } from "../tools";

/** Files that go with an answer, by name and address. */
export function Attachments({ files, onChange }: { files: readonly Attachment[]; onChange: (files: Attachment[]) => void }): ReactNode {
  const { t } = useConsole();
  const change = (at: number, part: Partial<Attachment>) => onChange(files.map((file, i) => (i === at ? { ...file, ...part } : file)));
  return (
    <div className="stack">
      {files.map((file, at) => (
        <div key={at} className="button-row">
          <Input value={file.name} aria-label={t("attachment_name")} placeholder={t("attachment_name")} onChange={(event) => change(at, { name: event.target.value })} />
          <Input value={file.url} aria-label={t("attachment_url")} placeholder={t("attachment_url")} onChange={(event) => change(at, { url: event.target.value })} />
          <Button type="text" size="small" icon={<DeleteOutlined />} aria-label={t("remove")} onClick={() => onChange(files.filter((_, i) => i !== at))} />
        </div>
      ))}
      <Button icon={<PlusOutlined />} disabled={files.length >= 10} onClick={() => onChange([...files, { name: "", url: "https://" }])}>{t("attachment_add")}</Button>
    </div>
  );
}
