import type { ReactNode } from "react";
import { useConsole } from "../tools";

/** Where an import stands: file and columns, check, report, result. */
export function Steps({ at }: { at: 0 | 1 | 2 | 3 }): ReactNode {
  const { t } = useConsole();
  return (
    <ol className="steps-line">
      {([0, 1, 2, 3] as const).map((i) => <li key={i} className={i < at ? "past" : i === at ? "present" : ""} aria-current={i === at ? "step" : undefined}><span>{i + 1}</span>{t(`import_step${i}`)}</li>)}
    </ol>
  );
}
