// Pictures of tables: every chart is drawn from a table of the page, which stays there for readers
// without scripts, for screen readers and for copying. ECharts is fetched only where a figure asks.
//
// A figure names its kind; `.chart` is the place of the picture, its size reserved by the style sheet;
// the table is inside, or anywhere else by id. Numbers are read from `data-value` in a cell, or its
// text; a tooltip says the cell's own text. Days are yyyymmdd or yyyy-mm-dd.
//
//   <figure data-chart="line" data-show="units gmv" data-right="gmv">
//     <figcaption>Units and GMV by day</figcaption>
//     <div class="chart m"></div>
//     <table>
//       <thead><tr><th data-name="day">Day</th><th data-name="units">Units</th>
//                  <th data-name="gmv" data-unit="USD">GMV</th></tr></thead>
//       <tbody><tr><th data-value="20260426">26 Apr</th><td data-value="12">12</td>
//                  <td data-value="1210.5">$1.2 K</td></tr> …
//
// Windows marked in a line:         data-chart="line" data-table="days" data-show="units"
//                                   data-marks='[["2026-04-20", "2026-04-26", "7 days"]]'
// Prices, the axis not from zero:   data-chart="line" data-show="price" data-fit
// Ranks, the first at the top:       data-chart="line" data-fit data-turned
// Stacked; bars under a line:       data-chart="line" data-stack; data-chart="line" data-bars="units"
// Compare, a column a product:      data-chart="line"
// Bands, ages, interests:           data-chart="bar"; lying: data-chart="bar" data-flat
// A distribution:                   data-chart="histogram"
// CPA against CVR, by impressions:  data-chart="scatter" data-by="name" data-show="cvr cpa impressions"
//                                   data-log: both axes by powers of ten, for what is above nothing
// Categories, toned by growth:      data-chart="treemap" data-by="name" data-show="gmv growth"
//
// data-by: column of the labels, else the first. data-show: columns drawn, else all with numbers.
// data-right: columns on the right axis. data-unit of a column: USD, % (12 is 12 %), or none.
// A link in a row's label is followed when its bar, point or area is clicked.

"use strict";

{
  const { common, whole } = document.currentScript.dataset;
  const lang = document.documentElement.lang || "en";
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const DAY = 86_400_000;
  const LABELS = 7; // days that are named on an axis
  const libraries = new Map(); // address → promise of ECharts
  const drawn = new Map(); // figure → { chart, table }
  const known = new WeakSet();

  /** ECharts; the whole of it only for treemaps, and for names of points that hide one another. */
  function library() {
    const needy = 'figure[data-chart="treemap"], figure[data-chart="scatter"]';
    const url = document.querySelector(needy) ? whole : common;
    if (!libraries.has(url)) {
      libraries.set(url, new Promise((resolve, reject) => {
        const tag = document.createElement("script");
        tag.onload = () => resolve(window.echarts);
        tag.onerror = () => reject(new Error(`${url} does not load`));
        tag.src = url;
        document.head.append(tag);
      }));
    }
    return libraries.get(url);
  }

  // --- tables ---------------------------------------------------------------------------------

  function tableOf(figure) {
    const { table } = figure.dataset;
    return table ? document.getElementById(table) : figure.querySelector("table");
  }

  function cell(element) {
    const text = element.textContent.trim();
    const holder = element.matches("[data-value]") ? element : element.querySelector("[data-value]");
    const raw = holder ? holder.dataset.value : text;
    const value = raw === "" || Number.isNaN(Number(raw)) ? null : Number(raw);
    return { text, raw, value, href: element.querySelector("a[href]")?.href };
  }

  /** The column of labels and the columns to draw; a column is { name, title, unit, cells }. */
  function read(figure, table) {
    const heads = [...[...table.tHead.rows].at(-1).cells];
    const rows = [...table.tBodies].flatMap((body) => [...body.rows])
      .filter((row) => row.cells.length === heads.length)
      .map((row) => [...row.cells].map(cell));
    const columns = heads.map(({ dataset, textContent }, place) => ({
      name: dataset.name ?? `${place}`, title: dataset.title ?? textContent.trim(),
      unit: dataset.unit ?? "", cells: rows.map((row) => row[place]),
    }));
    const by = columns.find(({ name }) => name === figure.dataset.by) ?? columns[0];
    const shown = figure.dataset.show
      ? words(figure.dataset.show).map((wanted) => columns.find(({ name }) => name === wanted))
      : columns.filter((column) => column !== by && column.cells.some(({ value }) => value !== null));
    return { by, shown };
  }

  function words(text = "") { return text.split(/\s+/).filter(Boolean); }

  /** Milliseconds of a day as it is written in tables, or null. */
  function day(text) {
    const parts = /^(\d{4})-?(\d\d)-?(\d\d)$/.exec(text);
    return parts && Date.UTC(parts[1], parts[2] - 1, parts[3]);
  }

  // --- words ----------------------------------------------------------------------------------

  const shortDay = new Intl.DateTimeFormat(lang, { month: "short", day: "numeric", timeZone: "UTC" });
  const longDay = new Intl.DateTimeFormat(lang, { dateStyle: "medium", timeZone: "UTC" });
  const styles = {
    USD: { style: "currency", currency: "USD", currencyDisplay: "narrowSymbol" },
    "%": { style: "unit", unit: "percent" },
  };

  /** What writes numbers of a unit in few characters, as the pages do: 1.2 M, $3.4 K, 12 %. */
  function brief(unit) {
    const form = (most) => new Intl.NumberFormat(lang, {
      notation: "compact", minimumFractionDigits: 0, maximumFractionDigits: most, ...styles[unit],
    });
    const [plain, small] = [form(1), form(2)];
    const gap = lang.startsWith("en") ? "\u202f" : "";
    return (value) => (Math.abs(value) < 10 ? small : plain).format(value)
      .replace("-", "\u2212").replace(/(?<=\d)(?=[A-Z%])/g, gap);
  }

  /** What a row says of itself: its name and each of the columns, a line each. */
  function told(label, columns, place) {
    return [label.text, ...columns.map(({ title, cells }) => `${title}  ${cells[place].text}`)].join("\n");
  }

  // --- looks ----------------------------------------------------------------------------------

  /** The colours and letters of the page as it looks now, and the room for a chart. */
  function looks(place) {
    const style = getComputedStyle(document.documentElement);
    const of = (name) => style.getPropertyValue(`--${name}`).trim();
    return {
      width: place.clientWidth, ink: of("ink"), soft: of("ink-2"), faint: of("ink-3"), line: of("line"), paper: of("paper"),
      raised: of("raised"), accent: of("accent"), up: of("up"), down: of("down"),
      series: [1, 2, 3, 4, 5].map((place) => of(`chart-${place}`)),
      font: getComputedStyle(document.body).fontFamily,
    };
  }

  /** One colour in another, both #rrggbb: `part` 0 is the second, 1 the first. */
  function mixed(one, other, part) {
    const channels = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
    const [a, b] = [channels(one), channels(other)];
    return `rgb(${a.map((value, i) => Math.round(value * part + b[i] * (1 - part))).join(",")})`;
  }

  /** What all kinds have in common; `tip` makes the text of a tooltip. */
  function base(look, tip) {
    return {
      animation: !still.matches, animationDuration: 200, useUTC: true, color: look.series,
      textStyle: { fontFamily: look.font, color: look.soft },
      tooltip: {
        renderMode: "richText", // as HTML it would need inline styles, which the policy blocks
        formatter: tip, confine: true, backgroundColor: look.raised, borderColor: look.line,
        borderWidth: 1, padding: [6, 10], textStyle: { color: look.ink, fontSize: 12, fontFamily: look.font },
      },
    };
  }

  function axis(look, { axisLabel, ...more }) {
    return {
      axisLine: { lineStyle: { color: look.line } }, axisTick: { show: false },
      splitLine: { lineStyle: { color: look.line } }, nameTextStyle: { color: look.faint },
      axisLabel: { color: look.faint, fontSize: 11, hideOverlap: true, ...axisLabel }, ...more,
    };
  }

  function amounts(look, unit, more) {
    const label = { formatter: brief(unit) };
    return axis(look, { type: "value", splitNumber: 4, axisLine: { show: false }, axisLabel: label, ...more });
  }

  function dates(look, days) {
    const [first, last] = [Math.min(...days), Math.max(...days)];
    const step = Math.max(1, Math.ceil((last - first) / DAY / LABELS)) * DAY;
    const named = Array.from({ length: Math.floor((last - first) / step) + 1 }, (_, i) => last - i * step);
    return axis(look, {
      type: "time", splitLine: { show: false },
      axisLabel: { customValues: named.reverse(), formatter: (value) => shortDay.format(value) },
      axisPointer: { label: { formatter: ({ value }) => longDay.format(value) } },
    });
  }

  // --- kinds ----------------------------------------------------------------------------------

  /** Columns over labels or days; `kind` is line, bar or histogram. */
  function lines({ right, bars, marks, stack, flat, fit, turned }, { by, shown }, look, kind) {
    const [upright, stacked] = [flat === undefined, stack !== undefined];
    const days = by.cells.map(({ raw }) => day(raw));
    const timed = days.length > 0 && !days.includes(null);
    const order = [...days.keys()];
    if (timed) order.sort((a, b) => days[a] - days[b]);
    const labels = timed ? dates(look, days) : axis(look, {
      type: "category", data: by.cells.map(({ text }) => text), inverse: !upright,
      splitLine: { show: false }, axisLabel: upright ? {} : { width: 160, overflow: "truncate" },
    });
    const onRight = shown.map(({ name }) => words(right).includes(name));
    const [scale, inverse] = [fit !== undefined, turned !== undefined];
    const whole = inverse ? { min: 1, minInterval: 1 } : {}; // ranks begin with 1
    const scales = [amounts(look, (shown[onRight.indexOf(false)] ?? shown[0])?.unit, { scale, inverse, ...whole })];
    if (onRight.includes(true)) {
      scales.push(amounts(look, shown[onRight.indexOf(true)].unit, { scale, splitLine: { show: false } }));
    }
    const series = shown.map(({ name, title, cells }, place) => ({
      name: title, type: kind !== "line" || words(bars).includes(name) ? "bar" : "line",
      tooltip: { valueFormatter: (_, row) => cells[order[row]].text },
      data: order.map((row) => ({
        value: timed ? [days[row], cells[row].value] : cells[row].value, href: by.cells[row].href,
      })),
      [upright ? "yAxisIndex" : "xAxisIndex"]: onRight[place] ? 1 : 0,
      stack: stacked ? "all" : undefined, areaStyle: stacked ? { opacity: 0.25 } : undefined,
      showSymbol: order.length < 3, symbolSize: 5, lineStyle: { width: 1.75 },
      ...(kind === "histogram" ? { barCategoryGap: "6%" } : { barCategoryGap: "30%", barMaxWidth: 44 }),
      label: { show: !upright && shown.length === 1, position: "right", color: look.soft, fontSize: 11,
        formatter: ({ dataIndex }) => cells[order[dataIndex]].text },
    }));
    if (marks && series.length) series[0].markArea = windows(JSON.parse(marks), days, look);
    const option = base(look);
    option.tooltip.trigger = "axis";
    option.tooltip.axisPointer = { type: kind === "line" && !bars ? "line" : "shadow" };
    const many = shown.length > 1;
    return {
      ...option, series, [upright ? "xAxis" : "yAxis"]: labels, [upright ? "yAxis" : "xAxis"]: scales,
      grid: { left: 4, right: upright ? 12 : 56, top: many ? 40 : 12, bottom: 4, outerBoundsMode: "same" },
      legend: { show: many, type: "scroll", left: 0, top: 0, itemWidth: 14, itemHeight: 8, icon: "roundRect",
        textStyle: { color: look.soft, fontSize: 12, overflow: "truncate", width: shown.length > 3 ? 160 : null },
        pageTextStyle: { color: look.soft },
        pageIconColor: look.soft, pageIconInactiveColor: look.line },
    };
  }

  /** Spans of days behind a line, the widest at the bottom. */
  function windows(marks, days, look) {
    const spans = marks.map(([from, to, name]) => [{ xAxis: day(from), name }, { xAxis: day(to) }]);
    spans.sort(([a], [b]) => a.xAxis - b.xAxis);
    // A name stands in what is seen of its span, or not at all: 6 pixels a letter, 100 for both axes.
    const scale = (look.width - 100) / (Math.max(...days) - Math.min(...days));
    spans.forEach(([from, to], place) => {
      const end = spans[place + 1]?.[0].xAxis ?? to.xAxis;
      from.label = { show: (end - from.xAxis) * scale > 6 * from.name.length };
    });
    return { silent: true, data: spans, itemStyle: { color: look.accent, opacity: 0.07 },
      label: { position: "insideTopLeft", color: look.faint, fontSize: 10 } };
  }

  /** Rows as points: x, y and, where there is a third column, size. */
  function scatter({ log }, { by, shown: [x, y, size] }, look) {
    const columns = [x, y, size].filter(Boolean);
    const largest = size ? Math.max(1, ...size.cells.map(({ value }) => value ?? 0)) : 1;
    const points = by.cells.map((label, row) => ({
      name: label.text, href: label.href, value: [x.cells[row].value, y.cells[row].value],
      symbolSize: size ? 6 + 38 * Math.sqrt((size.cells[row].value ?? 0) / largest) : 10,
      told: told(label, columns, row),
    })).filter(({ value }) => value.every((each) => each !== null && (log === undefined || each > 0)));
    points.sort((a, b) => b.symbolSize - a.symbolSize); // small ones on top; names of large ones first
    const named = ({ unit, title }, nameGap) =>
      amounts(look, unit, {
        name: title, nameLocation: "middle", nameGap, scale: true, type: log === undefined ? "value" : "log",
      });
    return {
      ...base(look, ({ data }) => data.told), xAxis: named(x, 28), yAxis: named(y, 44),
      grid: { left: 28, right: 24, top: 16, bottom: 28, outerBoundsMode: "same" },
      series: [{
        type: "scatter", data: points, itemStyle: { opacity: 0.6 }, labelLayout: { hideOverlap: true },
        label: { show: true, position: "right", color: look.soft, opacity: 1, fontSize: 11,
          formatter: "{b}", width: 140, overflow: "truncate" },
      }],
    };
  }

  /** Rows as areas; a second column tones them, in the colours of growth and of loss. */
  function treemap(_, { by, shown: [size, tone] }, look) {
    const strength = (value) => 0.06 + 0.26 * Math.min(1, Math.abs(value ?? 0) / 50); // 50 % is the most
    const toned = (value) => mixed(value < 0 ? look.down : look.up, look.raised, strength(value));
    const data = by.cells.map((label, row) => ({
      name: label.text, href: label.href, value: size.cells[row].value, text: size.cells[row].text,
      told: told(label, [size, tone].filter(Boolean), row),
      itemStyle: { color: tone ? toned(tone.cells[row].value) : mixed(look.accent, look.raised, 0.16) },
    })).filter(({ value }) => value > 0);
    return {
      ...base(look, ({ data: row, name }) => row.told ?? name),
      series: [{
        type: "treemap", data, left: 0, right: 0, top: 0, bottom: 0, roam: false, nodeClick: false,
        breadcrumb: { show: false }, itemStyle: { borderColor: look.paper, borderWidth: 1, gapWidth: 1 },
        label: { color: look.ink, fontSize: 12, lineHeight: 16, overflow: "truncate",
          formatter: ({ data: row }) => `${row.name}\n${row.text}` },
      }],
    };
  }

  const KINDS = { line: lines, bar: lines, histogram: lines, scatter, treemap };

  // --- drawing --------------------------------------------------------------------------------

  async function draw(figure) {
    const place = figure.querySelector(".chart");
    const [table, kind] = [tableOf(figure), figure.dataset.chart];
    try {
      const echarts = await library();
      if (!place.isConnected) return;
      const chart = drawn.get(figure)?.chart ?? start(echarts, place);
      drawn.set(figure, { chart, table });
      chart.setOption(KINDS[kind](figure.dataset, read(figure, table), looks(place), kind), true);
      place.role = "img";
      place.ariaLabel = figure.querySelector("figcaption")?.textContent.trim() ?? "";
      place.dataset.drawn = kind;
    } catch (error) {
      place.hidden = true; // the table says it all
      figure.querySelector("details")?.setAttribute("open", "");
      throw error;
    }
  }

  function start(echarts, place) {
    const chart = echarts.init(place, null, { renderer: "canvas" });
    chart.on("click", ({ data }) => { if (data?.href) location.assign(data.href); });
    sizes.observe(place);
    return chart;
  }

  const sizes = new ResizeObserver((entries) => {
    for (const { target } of entries) drawn.get(target.closest("figure"))?.chart.resize();
  });
  const sights = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      sights.unobserve(target);
      draw(target);
    }
  }, { rootMargin: "200px" });

  /** Draw what is new, draw again what has another table, forget what is gone. */
  function survey() {
    for (const [figure, { chart, table }] of drawn) {
      if (!chart.getDom().isConnected) {
        chart.dispose();
        drawn.delete(figure);
        known.delete(figure);
      } else if (tableOf(figure) !== table) draw(figure);
    }
    for (const figure of document.querySelectorAll("figure[data-chart]")) {
      if (known.has(figure)) continue;
      known.add(figure);
      sights.observe(figure);
    }
  }

  function again() { for (const figure of drawn.keys()) draw(figure); }

  new MutationObserver(survey).observe(document.body, { childList: true, subtree: true });
  new MutationObserver(again).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
  survey();
}
