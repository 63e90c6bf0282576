-- What is tried in Neovim, each in a fresh one: { name, file, run, model }, the model being a script.

local function equal(got, wanted, what)
  assert(got == wanted, ('%s\nwanted: %s\ngot:    %s'):format(what, vim.inspect(wanted), vim.inspect(got)))
end

local MARGIN = 'pub fn checked_margin(shape: &Shape) -> R'

--- Begins to type the line of the Rust file that has a suggestion: `Result`.
local function begin_rust(editor)
  editor:wait_learned()
  editor:command('normal! G')
  editor:type('i' .. MARGIN)
  return editor:wait_ghost('^esult')
end

--- The lines that were not there before, and whether the others are as they were.
local function added(before, after)
  local rest, lines = vim.split(before, '\n'), {}
  for _, line in ipairs(vim.split(after, '\n')) do
    if line == rest[1] then
      table.remove(rest, 1)
    else
      table.insert(lines, line)
    end
  end
  return lines, #rest == 0
end

--- Counts the changes of the buffer from now on.
local function count_changes(editor)
  editor:lua([[
    vim.g.changes = 0
    vim.api.nvim_buf_attach(0, false, { on_lines = function() vim.g.changes = vim.g.changes + 1 end })
    vim.api.nvim_create_autocmd('LspProgress', { callback = function(event)
      local progress = vim.g.progress or {}
      table.insert(progress, event.data.params.value.kind .. ': ' .. (event.data.params.value.message or ''))
      vim.g.progress = progress
    end })
  ]])
end

local function wait_end(editor)
  return editor:wait('the end of the edit', function()
    for _, line in ipairs(editor:lua('return vim.g.progress')) do
      if line:find('^end') then
        return line
      end
    end
  end)
end

local function document(editor, name)
  editor:wait_learned()
  editor:go_to(name)
  count_changes(editor)
  editor:command('Firesteel action document')
end

local scenarios = {}
local function scenario(name, file, run, model)
  table.insert(scenarios, { name = name, file = file, run = run, model = model })
end

scenario('ghost text in a Rust file shrinks while it is typed through', 'src/lib.rs', function(editor)
  begin_rust(editor)
  editor:type('es')
  editor:wait_ghost('^ult')
  editor:type('ul')
  editor:wait_ghost('^t')
  editor:type('<BS>')
  editor:wait_ghost('^lt')
end)

scenario('ghost text in a Rust file is accepted', 'src/lib.rs', function(editor)
  local ghost = begin_rust(editor)
  editor:type('<C-y>')
  local first = vim.split(ghost, '\n')[1]
  editor:wait('the accepted text', function()
    return editor:text():find(MARGIN .. first, 1, true)
  end)
end)

scenario('what was typed through is not inserted again by accepting', 'src/lib.rs', function(editor)
  local ghost = begin_rust(editor)
  -- In one write: nothing can be asked anew between these keys.
  editor:type('esul<C-y>')
  local line = MARGIN .. vim.split(ghost, '\n')[1]
  editor:wait('the line ' .. line, function()
    return editor:line() == line
  end)
end)

scenario('ghost text in a Python file is accepted word by word', 'report.py', function(editor)
  editor:wait_learned()
  editor:command('normal! G')
  editor:type('idef read_dates(path):<CR>with open(path) as file:<CR>rows =')
  editor:wait_ghost('^ list')
  editor:type('<C-f>')
  editor:wait('the word', function()
    return editor:line() == '        rows = list'
  end)
  editor:type('(')
  editor:wait_ghost('^csv')
  editor:type('<C-l>')
  editor:wait('the rest of the line', function()
    return editor:line():find('rows = list(csv', 1, true)
  end)
end)

scenario('without a suggestion, accepting does nothing', 'report.py', function(editor)
  editor:wait_learned()
  editor:command('normal! G')
  editor:type('i<C-y>x')
  editor:wait('the key', function()
    return editor:line() == 'x'
  end)
end)

scenario('every request is answered though nothing is cancelled while typing', 'src/lib.rs', function(editor)
  begin_rust(editor)
  editor:type('<C-u>' .. MARGIN .. '<C-u>' .. MARGIN .. '<C-u>' .. MARGIN)
  editor:wait_ghost('^esult')
  editor:wait('an answer to each request', function()
    return editor:lua([[
      local client = vim.lsp.get_clients({ name = 'firesteel' })[1]
      return vim.tbl_count(client.requests) == 0
    ]])
  end)
end)

-- What the scripted model says, slowly enough that keys come in between.
local STREAMED = {}
for number = 1, 8 do
  STREAMED[number] = ('Line %d of what the model says.'):format(number)
end
local STREAMING = { replies = { { text = table.concat(STREAMED, '\n'), rate = 12.0, delta_chars = 24 } } }

--- Carries out "Document this" up to its first line.
local function begin_stream(editor)
  document(editor, 'fn parse')
  editor:wait('the first line', function()
    return editor:text():find(STREAMED[1], 1, true)
  end)
  assert(not editor:text():find(STREAMED[8], 1, true), 'it came in one piece')
end

--- The comment's lines as they must be, and no other change but these lines.
local function check_stream(editor, before, typed)
  local wanted = vim.list_extend({}, typed)
  for _, line in ipairs(STREAMED) do
    table.insert(wanted, '/// ' .. line)
  end
  local lines, is_whole = added(before, editor:text())
  assert(is_whole, 'the rest of the file changed:\n' .. editor:text())
  table.sort(lines)
  table.sort(wanted)
  equal(table.concat(lines, '\n'), table.concat(wanted, '\n'), 'what was added')
end

scenario('a code action of the embedded engine lands whole', 'src/lib.rs', function(editor)
  local before = editor:text()
  document(editor, 'fn parse')
  local ended = wait_end(editor)
  local lines, is_whole = added(before, editor:text())
  assert(is_whole, 'the rest of the file changed:\n' .. editor:text())
  assert(#lines >= 4, ended .. '\n' .. editor:text())
  for _, line in ipairs(lines) do
    assert(line:find('^///'), line)
  end
end)

scenario('a code action streams into the buffer and is one undo step', 'src/lib.rs', function(editor)
  local before = editor:text()
  begin_stream(editor)
  wait_end(editor)
  check_stream(editor, before, {})
  assert(editor:lua('return vim.g.changes') >= 3, 'it came in one piece')
  editor:type('u')
  editor:wait('the text as it was', function()
    return editor:text() == before
  end)
end, STREAMING)

scenario('a code action streams while the user types above it, and both are kept', 'src/lib.rs', function(editor)
  local before = editor:text()
  begin_stream(editor)
  for number = 1, 3 do
    editor:type(('ggO// typed %d<Esc>'):format(number))
    editor:wait('what was typed', function()
      return editor:text():find('// typed ' .. number, 1, true)
    end)
  end
  assert(not editor:text():find(STREAMED[8], 1, true), 'the typing came too late to prove anything')
  wait_end(editor)
  check_stream(editor, before, { '// typed 1', '// typed 2', '// typed 3' })
end, STREAMING)

scenario('an action chosen before lines were typed above it lands where it was chosen', 'report.py', function(editor)
  local before = editor:text()
  document(editor, 'def total')
  editor:type('ggO# one two three<CR># four five six<Esc>')
  wait_end(editor)
  editor:wait('what was typed', function()
    return editor:text():find('# one two three\n# four five six\n', 1, true)
  end)
  local _, is_whole = added(before, editor:text())
  assert(is_whole, 'the rest of the file changed:\n' .. editor:text())
  assert(
    editor:text():find('def total%b():\n%s+"""'),
    vim.inspect(editor:lua('return vim.g.progress')) .. editor:text()
  )
end)

scenario('an edit is stopped, says so, and what had landed stays', 'src/lib.rs', function(editor)
  begin_stream(editor)
  editor:command('Firesteel cancel')
  local ended = wait_end(editor)
  assert(ended:find('stopped'), ended)
  assert(editor:text():find(STREAMED[1], 1, true), editor:text())
  assert(not editor:text():find(STREAMED[8], 1, true), editor:text())
end, STREAMING)

-- Two lines, the second of which comes later than the first.
local TWO_LINES = {
  replies = { { text = 'Result<f64, ShapeError> {\n    shape.size(7).ok_or(ShapeError::Empty)\n}', rate = 30.0, delta_chars = 6 } },
}

scenario('ghost text of several lines is shown and accepted', 'src/lib.rs', function(editor)
  editor:wait_learned()
  editor:command('normal! G')
  editor:type('ipub fn checked_margin(shape: &Shape) -> ')
  editor:wait_ghost('^Result<f64, ShapeError> {\n    shape.size%(7%).*\n}$')
  editor:type('<C-y>')
  editor:wait('the accepted lines', function()
    return editor:text():find('-> Result<f64, ShapeError> {\n    shape.size(7).ok_or(ShapeError::Empty)\n}', 1, true)
  end)
end, TWO_LINES)

if vim.env.FIRESTEEL_GHOST_TEXT == 'extmark' or not vim.lsp.inline_completion then
  scenario('ghost text grows while it streams', 'src/lib.rs', function(editor)
    editor:wait_learned()
    editor:command('normal! G')
    editor:type('ipub fn checked_margin(shape: &Shape) -> ')
    local first = editor:wait_ghost('^Result')
    assert(not first:find('}$'), 'it came in one piece: ' .. first)
    local last = editor:wait_ghost('}$')
    assert(vim.startswith(last, first), ('%q does not extend %q'):format(last, first))
  end, TWO_LINES)
end

scenario('hover shows the signature', 'src/lib.rs', function(editor)
  editor:wait_learned()
  editor:go_to('checked_width')
  editor:wait('the hover', function()
    local windows = editor:lua([[
      local texts = {}
      for _, window in ipairs(vim.api.nvim_list_wins()) do
        if vim.api.nvim_win_get_config(window).relative ~= '' then
          local lines = vim.api.nvim_buf_get_lines(vim.api.nvim_win_get_buf(window), 0, -1, false)
          table.insert(texts, table.concat(lines, '\n'))
        end
      end
      if #texts == 0 then vim.lsp.buf.hover({ silent = true }) end
      return table.concat(texts, '\n')
    ]])
    return windows:find('pub fn checked_width(shape: &Shape)', 1, true)
  end)
end)

scenario('checkhealth has no complaint', 'src/lib.rs', function(editor)
  editor:wait_learned()
  editor:command('checkhealth firesteel')
  local report = editor:wait('the report', function()
    local text = editor:text()
    return text:find('embedded engine') and text
  end)
  for _, complaint in ipairs({ 'ERROR', 'WARNING' }) do
    assert(not report:find(complaint), report)
  end
end)

scenario(':Firesteel completes what the server has', 'src/lib.rs', function(editor)
  local names = editor:request('nvim_call_function', 'getcompletion', { 'Firesteel ', 'cmdline' })
  for _, name in ipairs({ 'action', 'cancel', 'restart', 'status', 'toggle', 'why' }) do
    assert(vim.list_contains(names, name), name .. ' is missing in ' .. vim.inspect(names))
  end
  equal(editor:request('nvim_call_function', 'getcompletion', { 'Firesteel action ', 'cmdline' })[1], 'document', 'actions')
end)

scenario('silence is explained', 'report.py', function(editor)
  editor:wait_learned()
  editor:command('normal! G')
  editor:type('izzz qqq')
  editor:lua([[
    vim.g.said = ''
    vim.notify = function(text) vim.g.said = text end
  ]])
  editor:wait('a reason', function()
    editor:command('Firesteel why')
    local said = editor:lua('return vim.g.said')
    return said ~= '' and not said:find('nothing was held back') and said
  end)
end)

scenario('the status line says who answers', 'src/lib.rs', function(editor)
  editor:wait('the status line', function()
    return editor:lua("return require('firesteel').statusline()"):find('firesteel: local', 1, true)
  end)
end)

scenario('suggestions are toggled', 'src/lib.rs', function(editor)
  begin_rust(editor)
  editor:command('Firesteel toggle')
  editor:wait('no ghost text', function()
    return editor:ghost() == ''
  end)
  editor:command('Firesteel toggle')
  editor:type('e')
  editor:wait_ghost('^sult')
end)

scenario('the server is restarted', 'src/lib.rs', function(editor)
  local function id()
    return editor:lua("return vim.lsp.get_clients({ name = 'firesteel', bufnr = 0 })[1].id")
  end
  local old = id()
  editor:command('Firesteel restart')
  editor:wait('another client', function()
    return id() ~= old
  end)
  begin_rust(editor)
end)

scenario('no key is taken', 'src/lib.rs', function(editor)
  -- What the test's own configuration maps.
  local ours = { ['<C-Y>'] = true, ['<C-F>'] = true, ['<C-L>'] = true }
  local taken = editor:lua([[
    local taken = {}
    for _, mode in ipairs({ 'n', 'i', 'x', 's', 'o', 'c', 't' }) do
      for _, map in ipairs(vim.api.nvim_get_keymap(mode)) do
        if (map.desc or ''):find('Firesteel') or (map.rhs or ''):find('firesteel') then table.insert(taken, map.lhs) end
      end
    end
    return taken
  ]])
  for _, key in ipairs(taken) do
    assert(key:find('^<Plug>') or ours[key], key .. ' is taken')
  end
end)

return scenarios
