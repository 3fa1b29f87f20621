# One-minute bars of trades: jq -nr -f bars.jq IN.ndjson
reduce (inputs | select(.type == "trade")) as $t ({};
    ($t.ts[0:16] + ":00Z," + $t.sym) as $k
    | .[$k] as $b
    | .[$k] = if $b == null
        then [$t.price, $t.price, $t.price, $t.price, $t.size]
        else [$b[0], ([$b[1], $t.price] | max), ([$b[2], $t.price] | min), $t.price, $b[4] + $t.size]
        end)
| to_entries[] | .key + "," + (.value | map(tostring) | join(","))
