-- Edits that stream into the buffer, each in a fresh Neovim: { name, file, run, model }, the model being a script.

local steps = require('steps')

local scenarios = {}
local function scenario(name, file, run, model)
  table.insert(scenarios, { name = name, file = file, run = run, model = model })
end

scenario('a code action of the embedded engine lands whole', 'src/lib.rs', function(editor)
  local before = editor:text()
  steps.document(editor, 'fn parse')
  local ended = steps.wait_end(editor)
  local lines, is_whole = steps.added(before, editor:text())
  assert(is_whole, 'the rest of the file changed:\n' .. editor:text())
  assert(#lines >= 1, ended .. '\n' .. editor:text())
  for _, line in ipairs(lines) do
    assert(line:find('^///'), line)
  end
end)

scenario('a code action streams into the buffer and is one undo step', 'src/lib.rs', function(editor)
  local before = editor:text()
  steps.begin_stream(editor)
  editor:go_on()
  steps.wait_end(editor)
  steps.check_stream(editor, before, {})
  assert(editor:lua('return vim.g.changes') >= 3, 'it came in one piece')
  editor:type('u')
  editor:wait('the text as it was', function()
    return editor:text() == before
  end)
end, steps.STREAMING)

scenario('a code action streams while the user types above it, and both are kept', 'src/lib.rs', function(editor)
  local before = editor:text()
  steps.begin_stream(editor)
  for number = 1, 3 do
    editor:type(('ggO// typed %d<Esc>'):format(number))
    editor:wait('what was typed', function()
      return editor:text():find('// typed ' .. number, 1, true)
    end)
  end
  editor:go_on()
  steps.wait_end(editor)
  steps.check_stream(editor, before, { '// typed 1', '// typed 2', '// typed 3' })
end, steps.STREAMING)

scenario('what was sent to the model is shown in a scratch buffer', 'src/lib.rs', function(editor)
  steps.begin_stream(editor)
  editor:go_on()
  steps.wait_end(editor)
  editor:command('Firesteel prompt edit')
  editor:wait('the page', function()
    return editor:lua("return vim.bo.buftype .. ' ' .. vim.bo.filetype") == 'nofile markdown'
  end)
  local page = editor:lua("return table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\\n')")
  for _, part in ipairs({ '# What was sent', '## edit', 'src/lib.rs', 'fn parse' }) do
    assert(page:find(part, 1, true), part .. ' is missing in\n' .. page)
  end
  assert(editor:lua('return #vim.lsp.get_clients({ bufnr = 0 })') == 0, 'a server is told of the page')
end, steps.STREAMING)

-- Without a wait, so that keys and lines come in whatever order they may.
local RUNNING = { replies = { { text = table.concat(steps.STREAMED, '\n'), rate = 30.0, delta_chars = 31 } } }

scenario('while the user types without a pause no line and no key is lost or doubled', 'src/lib.rs', function(editor)
  local before = editor:text()
  steps.document(editor, 'fn parse')
  editor:type('ggO// ')
  local typed = ''
  while not vim.iter(editor:lua('return vim.g.progress or {}')):find(function(line) return line:find('^end') end) do
    typed = typed .. 'x'
    editor:type('x')
    -- Three times as fast as anybody types.
    vim.wait(20)
  end
  editor:type('<Esc>')
  steps.check_stream(editor, before, { '// ' .. typed })
end, RUNNING)

scenario('an action chosen before lines were typed above it lands where it was chosen', 'report.py', function(editor)
  local before = editor:text()
  steps.document(editor, 'def total')
  editor:type('ggO# one two three<CR># four five six<Esc>')
  steps.wait_end(editor)
  editor:wait('what was typed', function()
    return editor:text():find('# one two three\n# four five six\n', 1, true)
  end)
  local _, is_whole = steps.added(before, editor:text())
  assert(is_whole, 'the rest of the file changed:\n' .. editor:text())
  assert(
    editor:text():find('def total%b():\n%s+"""'),
    vim.inspect(editor:lua('return vim.g.progress')) .. editor:text()
  )
end)

scenario('an edit is stopped, says so, and what had landed stays', 'src/lib.rs', function(editor)
  steps.begin_stream(editor)
  editor:command('Firesteel cancel')
  local ended = steps.wait_end(editor)
  assert(ended:find('stopped'), ended)
  assert(editor:text():find(steps.STREAMED[1], 1, true), editor:text())
  assert(not editor:text():find(steps.STREAMED[8], 1, true), editor:text())
end, steps.STREAMING)

local BEFORE = 'def total(rows, currency="EUR"):\n    if not rows:\n        raise ValueError("no rows")\n    return f"{sum(rows)} {currency}"'
local PLAIN = 'def total(rows):\n    return sum(rows)'
-- It stops in its last line until it is told otherwise.
local CHECKED = BEFORE:gsub('\n', '\n    checked = True\n', 1)
local HELD = { text = CHECKED, rate = 20.0, delta_chars = 20, hold = { 6, 'go' } }

--- The file as it was, but for the function.
local function with(before, text)
  local start = before:find(BEFORE, 1, true)
  return before:sub(1, start - 1) .. text .. before:sub(start + #BEFORE)
end

local function wait_text(editor, wanted)
  local ok, problem = pcall(editor.wait, editor, 'the text', function()
    return editor:text() == wanted
  end)
  assert(ok, ('%s\nwanted:\n%s'):format(problem, wanted))
end

scenario('an instruction is carried out on the lines that it is given, and taken back', 'report.py', function(editor)
  local before = editor:text()
  steps.count_changes(editor)
  editor:type(':/def total/;+3Firesteel edit Make it plain<CR>')
  steps.wait_end(editor)
  wait_text(editor, with(before, PLAIN))
  editor:type(':Firesteel revert<CR>')
  wait_text(editor, before)
end, { replies = { { text = PLAIN } } })

--- Has the function explained, and waits until the text stands in another window than the code; returns that one.
local function explained(editor, text)
  editor:go_to('def total')
  editor:type(':Firesteel action explain<CR>')
  return editor:wait(text .. ' beside', function()
    return editor:lua(
      [[
      local here = vim.api.nvim_get_current_win()
      for _, window in ipairs(vim.api.nvim_tabpage_list_wins(0)) do
        local lines = vim.api.nvim_buf_get_lines(vim.api.nvim_win_get_buf(window), 0, -1, false)
        if window ~= here and lines[1] == ... then
          return window
        end
      end
      return false
    ]],
      text
    )
  end)
end

scenario('an explanation opens beside the code, and what is typed goes into the code', 'report.py', function(editor)
  local window = explained(editor, 'It adds up.')
  editor:type('Ox = 1<Esc>')
  editor:wait('the line in the code', function()
    return editor:text():find('x = 1\ndef total', 1, true)
  end)
  assert(explained(editor, 'It sums.') == window, 'another window opens')
  -- What the user has put there stays there.
  editor:lua("local window = ...; vim.api.nvim_win_call(window, function() vim.cmd.edit('src/lib.rs') end)", window)
  assert(explained(editor, 'It totals.') ~= window, 'the code of the other window is gone')
end, { replies = { { text = 'It adds up.' }, { text = 'It sums.' }, { text = 'It totals.' } } })

scenario('an edit under way is redirected: what had landed is taken back, and it goes on as told', 'report.py', function(editor)
  local before = editor:text()
  editor:go_to('def total')
  editor:type(':Firesteel edit Note that it is checked<CR>')
  editor:wait('the lines before the wait', function()
    return editor:text():find('checked = True', 1, true)
  end)
  editor:type(':Firesteel redirect Revert that and make it plain<CR>')
  wait_text(editor, with(before, PLAIN))
end, { replies = { HELD, { text = PLAIN } } })

return scenarios
