// Speaks texts, only with a voice of this device: others send the text to somebody.

let voices = [];

if ("speechSynthesis" in window) {
  const look = () => (voices = speechSynthesis.getVoices().filter((voice) => voice.localService));
  speechSynthesis.addEventListener?.("voiceschanged", look);
  look();
}

export const hasVoice = (language) => voices.some((voice) => voice.lang.startsWith(language));

export function say(text, language) {
  const voice = voices.find((one) => one.lang.startsWith(language));
  if (!voice) return;
  const words = new SpeechSynthesisUtterance(text);
  words.voice = voice;
  words.lang = voice.lang;
  speechSynthesis.speak(words);
}
