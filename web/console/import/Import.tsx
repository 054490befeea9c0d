import type { ReactNode } from "react";
import { useRoute } from "../tools";
import { ImportJobView } from "./ImportJobView";
import { ImportStart } from "./ImportStart";

/** Import: a file is chosen and its columns settled, then its job is followed to the end. */
export function Import(): ReactNode {
  const [, job = ""] = useRoute();
  return job === "" ? <ImportStart /> : <ImportJobView key={job} id={job} />;
}
