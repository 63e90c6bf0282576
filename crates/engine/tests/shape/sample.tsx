import { useEffect, useState } from "react";

interface Entry {
  id: number;
  title: string;
  tags: string[];
}

type Props = { source: string; onPick?: (entry: Entry) => void };

export function EntryList({ source, onPick }: Props) {
  const [entries, setEntries] = useState<Entry[]>([]);
  const [filter, setFilter] = useState("");

  useEffect(() => {
    let live = true;
    fetch(source)
      .then((response) => response.json())
      .then((found: Entry[]) => {
        if (live) {
          setEntries(found);
        }
      });
    return () => {
      live = false;
    };
  }, [source]);

  const shown = entries.filter((entry) => {
    return entry.title.includes(filter) || entry.tags.some((tag) => tag === filter);
  });

  if (shown.length === 0) {
    return <p className="empty">Nothing here</p>;
  }
  return (
    <section>
      <input value={filter} onChange={(event) => setFilter(event.target.value)} />
      <ul>
        {shown.map((entry) => (
          <li key={entry.id} onClick={() => onPick?.(entry)}>
            {entry.title} <small>{entry.tags.join(", ")}</small>
          </li>
        ))}
      </ul>
    </section>
  );
}
