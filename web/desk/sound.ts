const key = "yingda.desk.sound";

/** Whether the agent wants to hear of new work; off until they say so. */
export function soundOn(): boolean {
  try {
    return localStorage.getItem(key) === "on";
  } catch {
    return false; // without storage there is no choice to remember
  }
}

export function setSound(on: boolean): void {
  try {
    localStorage.setItem(key, on ? "on" : "off");
  } catch {
    return; // the choice cannot be kept: sound stays off
  }
}

let audio: AudioContext | null = null;

/** Two short soft tones. */
export function beep(): void {
  audio ??= new AudioContext();
  const from = audio.currentTime;
  for (const [i, frequency] of [660, 880].entries()) {
    const tone = audio.createOscillator();
    const gain = audio.createGain();
    tone.frequency.value = frequency;
    gain.gain.setValueAtTime(0, from + i * 0.14);
    gain.gain.linearRampToValueAtTime(0.07, from + i * 0.14 + 0.02);
    gain.gain.exponentialRampToValueAtTime(0.0001, from + i * 0.14 + 0.22);
    tone.connect(gain).connect(audio.destination);
    tone.start(from + i * 0.14);
    tone.stop(from + i * 0.14 + 0.25);
  }
}
