// Which language the page speaks.
import { LANGUAGES, language, speak } from '../words';

/** `label`: what the choice is called. */
export function Speech({ label }: { label: string }) {
  return (
    <label class="card language">
      {label}
      <select
        id="language"
        value={language}
        onChange={(event) => speak(event.currentTarget.value as keyof typeof LANGUAGES)}
      >
        {Object.entries(LANGUAGES).map(([tag, name]) => (
          <option key={tag} value={tag} lang={tag} selected={tag === language}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}
