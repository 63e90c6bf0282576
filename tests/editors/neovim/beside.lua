-- Firesteel and rust-analyzer on the same buffer: neither is in the way of the other.

local steps = require('steps')

-- How often each is measured, in each of two rounds with Firesteel and without.
local SAMPLES, ROUNDS = 15, 2
-- What a median may be longer with Firesteel, in milliseconds: its hover has 20 by default, and the machine may be busy.
local TOLERANCE_MS = 60

local scenarios = {}
local function scenario(name, run, model)
  local beside = vim.env.RUST_ANALYZER
  table.insert(scenarios, { name = name, file = 'src/lib.rs', run = run, model = model, beside = beside })
end

--- Asks rust-analyzer and nobody else.
local function ask(editor, method, params)
  local reply = editor:lua([[
    local method, params = ...
    local client = vim.lsp.get_clients({ name = 'rust-analyzer', bufnr = 0 })[1]
    return client:request_sync(method, params, 10000, 0)
  ]], method, params)
  return reply and reply.result
end

local function uri(editor)
  return editor:lua('return vim.uri_from_bufnr(0)')
end

--- Waits until rust-analyzer knows the project: then it knows the type of `size`, and what a shape has.
local function wait_analyzed(editor)
  local function at(text, method)
    local row, column = unpack(editor:lua("return vim.fn.searchpos('\\\\V' .. ... .. '\\\\zs', 'nw')", text))
    local position = { line = row - 1, character = column - 1 }
    return ask(editor, method, { textDocument = { uri = uri(editor) }, position = position })
  end
  editor:wait('rust-analyzer', function()
    local hover = at('fn s', 'textDocument/hover')
    return hover.contents.value:find('Option<f64>', 1, true)
  end)
  editor:wait('its first menu', function()
    return #at('shape.', 'textDocument/completion').items > 0
  end)
end

-- Each of these asks once and leaves [milliseconds, text] in g:measured when something is shown.
local HOVER = [[
  local start = vim.uv.hrtime()
  vim.g.measured = vim.NIL
  vim.api.nvim_create_autocmd('WinNew', { once = true, callback = function()
    local taken = (vim.uv.hrtime() - start) / 1e6
    vim.schedule(function()
      for _, window in ipairs(vim.api.nvim_list_wins()) do
        if vim.api.nvim_win_get_config(window).relative ~= '' then
          local lines = vim.api.nvim_buf_get_lines(vim.api.nvim_win_get_buf(window), 0, -1, false)
          vim.g.measured = { taken, table.concat(lines, '\n') }
          vim.api.nvim_win_close(window, true)
        end
      end
    end)
  end })
  vim.lsp.buf.hover({ silent = true })
]]
local MENU = [[
  local start = vim.uv.hrtime()
  vim.g.measured = vim.NIL
  vim.api.nvim_create_autocmd('CompleteChanged', { once = true, callback = function()
    local taken, items = (vim.uv.hrtime() - start) / 1e6, vim.fn.complete_info({ 'items' }).items
    local words = vim.tbl_map(function(item) return item.word end, items)
    vim.g.measured = { taken, table.concat(words, ' ') }
  end })
  vim.lsp.completion.get()
]]
-- How long an answer may be missing before it is asked for again: rust-analyzer drops what it was asked while it loads.
local PATIENCE_MS = 3000

--- Measures one of these so many times; `after` makes it as it was. Returns the times and the last text.
local function measure(editor, ask_once, after)
  local times, text = {}, nil
  for _ = 1, SAMPLES do
    local asked = -math.huge
    local measured = editor:wait('an answer', function()
      if vim.uv.now() - asked > PATIENCE_MS then
        asked = vim.uv.now()
        editor:lua(ask_once)
      end
      local measured = editor:lua('return vim.g.measured')
      return measured ~= vim.NIL and measured
    end)
    table.insert(times, measured[1])
    text = measured[2]
    after()
  end
  return times, text
end

local function hovers(editor)
  editor:go_to('checked_width')
  return measure(editor, HOVER, function() end)
end

--- Turns Neovim's own completion on or off.
local function enable_menus(editor, is_on)
  editor:lua([[
    vim.o.completeopt = 'menu,menuone,noselect'
    for _, client in ipairs(vim.lsp.get_clients({ bufnr = 0 })) do
      vim.lsp.completion.enable(..., client.id, 0)
    end
  ]], is_on)
end

local function menus(editor)
  enable_menus(editor, true)
  editor:go_to('Ok(width)')
  editor:type('Olet _ = shape.')
  local times, words = measure(editor, MENU, function()
    editor:type('<C-e>')
    editor:wait('no menu', function()
      return editor:lua('return vim.fn.pumvisible()') == 0
    end)
  end)
  editor:type('<Esc>u')
  enable_menus(editor, false)
  return times, words
end

local function median(times)
  table.sort(times)
  return times[math.ceil(#times / 2)]
end

local function wait_servers(editor, count)
  editor:wait(count .. ' servers', function()
    return editor:lua([[
      local clients = vim.lsp.get_clients({ bufnr = 0 })
      local ready = vim.tbl_filter(function(client) return client.initialized and not client:is_stopped() end, clients)
      return #ready == ...
    ]], count)
  end)
end

--- Measures with Firesteel and without, in turns; returns what is to be said of it.
local function compare(editor, what, run, check)
  local with, without = {}, {}
  for _ = 1, ROUNDS do
    wait_servers(editor, 2)
    editor:wait_learned()
    local times, text = run(editor)
    check(text, true)
    vim.list_extend(with, times)
    editor:command('Firesteel stop')
    wait_servers(editor, 1)
    times, text = run(editor)
    check(text, false)
    vim.list_extend(without, times)
    editor:command('Firesteel start')
  end
  local median_with, median_without = median(with), median(without)
  local said = ('%s: rust-analyzer alone %.1f ms, beside Firesteel %.1f ms (medians of %d)'):format(
    what, median_without, median_with, #with)
  assert(median_with < median_without + TOLERANCE_MS, said)
  return said
end

scenario('rust-analyzer beside it: its menu and the hover come as soon as without', function(editor)
  wait_analyzed(editor)
  local hover = compare(editor, 'hover', hovers, function(text, has_both)
    assert(text:find('shapes', 1, true), 'rust-analyzer says nothing: ' .. text)
    steps.equal(text:find('Defined in', 1, true) ~= nil, has_both, 'Firesteel in ' .. text)
  end)
  -- Neovim 0.11's completion cannot be told that a server has gone.
  if vim.fn.has('nvim-0.12') == 0 then
    return hover
  end
  local first
  local menu = compare(editor, 'menu', menus, function(words)
    assert(words:find('size', 1, true), words)
    first = first or words
    steps.equal(words, first, 'the menu')
  end)
  return hover .. '\n' .. menu
end)

scenario('rust-analyzer beside it: a streamed edit with typing between does not make it lose the text', function(editor)
  wait_analyzed(editor)
  local before = editor:text()
  steps.begin_stream(editor)
  editor:type('ggO// typed meanwhile<Esc>')
  editor:wait('what was typed', function()
    return editor:text():find('// typed meanwhile', 1, true)
  end)
  editor:go_on()
  steps.wait_end(editor)
  steps.check_stream(editor, before, { '// typed meanwhile' })
  editor:wait('the same text in rust-analyzer', function()
    return ask(editor, 'rust-analyzer/viewFileText', { uri = uri(editor) }) == editor:text() .. '\n'
  end)
  wait_analyzed(editor)
  local log = table.concat(editor:lua('return vim.fn.readfile(vim.lsp.log.get_filename())'), '\n')
  assert(not log:find('panic'), log)
end, steps.STREAMING)

-- Who draws the suggestions makes no difference here.
return vim.env.FIRESTEEL_GHOST_TEXT == 'extmark' and {} or scenarios
